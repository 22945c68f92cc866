/**
 * Which grants of a policy speak of a device, found by what the device is and not by going through all of them: a
 * thousand devices under five hundred grants are a few thousand look-ups.
 */
import { addressFamily, addressToBytes } from "../address.ts";
import { lastOf, toWords, type Words } from "./address-words.ts";
import { blockOf } from "./block-of.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Where a selector stands: in a grant, or among those who relay and those who are relayed. */
export type Side = "src" | "dst" | "relay" | "relayed";

/** By grant, in the order of the document: which of the device's addresses it speaks of. */
export type Mentions = ReadonlyMap<number, readonly string[]>;

export type DeviceMentions = Readonly<Record<Side, Mentions>>;

type Uses = Record<Side, number[]>;
type Block = { readonly family: 4 | 6; readonly first: Words; readonly last: Words; readonly uses: Uses };

const ANY = "*";
const MEMBERS = "autogroup:member";

export class SelectorIndex {
  readonly #named = new Map<string, Uses>();
  /** Single addresses, of which a policy may name thousands. */
  readonly #addresses = new Map<string, Uses>();
  readonly #blocks = new Map<string, Block>();
  readonly #groupsOf = new Map<string, string[]>();

  constructor(policy: Policy) {
    for (const [group, users] of Object.entries(policy.groups)) {
      for (const user of users) this.#groupsOf.set(lower(user), [...(this.#groupsOf.get(lower(user)) ?? []), group]);
    }
    for (const [at, { src, dst }] of policy.grants.entries()) {
      for (const text of src) this.#add(policy, text, { side: "src", at });
      for (const text of dst) this.#add(policy, text, { side: "dst", at });
    }
    for (const [at, relays] of policy.relays.entries()) {
      for (const text of relays.devices) this.#add(policy, text, { side: "relay", at });
      for (const text of relays.for) this.#add(policy, text, { side: "relayed", at });
    }
  }

  mentionsOf(device: PolicyDevice): DeviceMentions {
    const names = this.#namesOf(device).flatMap((name) => this.#named.get(name) ?? []);
    const perAddress = device.addresses.map((address) => ({ address, uses: this.#usesOf(address) }));
    const on = (side: Side): Mentions => {
      const found = new Map<number, readonly string[]>();
      for (const uses of names) for (const at of uses[side]) found.set(at, device.addresses);
      for (const { address, uses } of perAddress) {
        for (const use of uses) {
          for (const at of use[side]) {
            const known = found.get(at) ?? [];
            if (!known.includes(address)) found.set(at, [...known, address]);
          }
        }
      }
      return new Map([...found].toSorted(([a], [b]) => a - b));
    };
    return { src: on("src"), dst: on("dst"), relay: on("relay"), relayed: on("relayed") };
  }

  /** A device with tags is nobody's. */
  #namesOf({ tags, user }: PolicyDevice): readonly string[] {
    if (tags.length > 0) return [ANY, ...tags];
    if (user === null) return [ANY, MEMBERS];
    return [ANY, MEMBERS, lower(user), ...(this.#groupsOf.get(lower(user)) ?? [])];
  }

  #usesOf(address: string): Uses[] {
    const uses = this.#addresses.get(address);
    const found = uses === undefined ? [] : [uses];
    if (this.#blocks.size === 0) return found;
    const family = addressFamily(address);
    const words = toWords(addressToBytes(address));
    for (const block of this.#blocks.values()) {
      if (block.family === family && isWithin(words, block)) found.push(block.uses);
    }
    return found;
  }

  #add(policy: Policy, text: string, { side, at }: { readonly side: Side; readonly at: number }): void {
    const selector = parseSelector(text);
    if (selector === undefined) return;
    const places = this.#usesFor(policy, selector)?.[side];
    if (places !== undefined && places.at(-1) !== at) places.push(at);
  }

  #usesFor(policy: Policy, selector: Selector): Uses | undefined {
    const name = nameOf(selector);
    if (name !== undefined) return upsert(this.#named, name, newUses);
    const prefix = blockOf(policy, selector);
    if (prefix === undefined) return undefined;
    const { address, length } = prefix;
    const family = addressFamily(address);
    if (length === (family === 4 ? 32 : 128)) return upsert(this.#addresses, address, newUses);
    return upsert(this.#blocks, `${address}/${length}`, () => {
      const first = toWords(addressToBytes(address));
      return { family, first, last: lastOf(first, prefix), uses: newUses() };
    }).uses;
  }
}

function nameOf(selector: Selector): string | undefined {
  switch (selector.kind) {
    case "any":
      return ANY;
    case "members":
      return MEMBERS;
    case "tag":
      return selector.tag;
    case "group":
      return selector.group;
    case "user":
      return selector.user;
    case "host":
    case "prefix":
      return undefined;
    default:
      return selector satisfies never;
  }
}

const newUses = (): Uses => ({ src: [], dst: [], relay: [], relayed: [] });

function upsert<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function isWithin(words: Words, { first, last }: Block): boolean {
  return words.every((word, index) => word >= (first[index] ?? 0) && word <= (last[index] ?? 0));
}

const lower = (text: string): string => text.toLowerCase();
