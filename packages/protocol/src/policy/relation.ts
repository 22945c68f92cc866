/**
 * What a policy says of two devices besides their packets. Devices of which the grants say the same are of one kind, and a
 * thousand devices are of a few dozen kinds: each two kinds are looked at once.
 */
import type { DeviceMentions, Mentions } from "./selector-index.ts";
import { strictest, type Transport } from "./transport.ts";

export type Relation = {
  /** Whether the two may know each other: any grant, in either direction. */
  readonly mayTalk: boolean;
  /** Which ways the pair's packets may go: what the strictest grant that joins the two says, in either direction. */
  readonly transport: Transport;
  /** Whether the first may pass on the second's sealed packets: the two may talk, and the policy says so. */
  readonly mayRelay: boolean;
  /** Whether the second may pass on the first's. */
  readonly isRelayed: boolean;
};

export const STRANGERS: Relation = { mayTalk: false, transport: "prefer-direct", mayRelay: false, isRelayed: false };

export const isSameRelation = (a: Relation, b: Relation): boolean =>
  a === b ||
  (a.mayTalk === b.mayTalk && a.transport === b.transport && a.mayRelay === b.mayRelay && a.isRelayed === b.isRelayed);

/** More than there are devices in a team. */
const MAX_KINDS = 65_536;

export class Relations {
  readonly #transports: readonly Transport[];
  readonly #kinds = new Map<string, number>();
  /** By kind: of the device that was the first of it. */
  readonly #mentions: DeviceMentions[] = [];
  readonly #known = new Map<number, Relation>();

  /** @param transports by grant */
  constructor(transports: readonly Transport[]) {
    this.#transports = transports;
  }

  kindOf(mentions: DeviceMentions): number {
    const { src, dst, relay, relayed } = mentions;
    const key = [src, dst, relay, relayed].map((grants) => [...grants.keys()].join(",")).join(";");
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind = this.#kinds.size;
    this.#kinds.set(key, kind);
    this.#mentions.push(mentions);
    return kind;
  }

  /** What is said of a device of the one kind and another device of the other. */
  between(a: number, b: number): Relation {
    const key = a * MAX_KINDS + b;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [one, other] = [this.#mentions[a], this.#mentions[b]];
    const made = one === undefined || other === undefined ? STRANGERS : this.#relate(one, other);
    this.#known.set(key, made);
    return made;
  }

  #relate(a: DeviceMentions, b: DeviceMentions): Relation {
    const joining = [...shared(a.src, b.dst), ...shared(b.src, a.dst)];
    if (joining.length === 0) return STRANGERS;
    return {
      mayTalk: true,
      transport: strictest(joining.map((grant) => this.#transports[grant] ?? "prefer-direct")),
      mayRelay: shared(a.relay, b.relayed).length > 0,
      isRelayed: shared(b.relay, a.relayed).length > 0,
    };
  }
}

/** A device's mentions and the kind that they make it. */
export type Sorted = { readonly mentions: DeviceMentions; readonly kind: number };

const shared = (a: Mentions, b: Mentions): number[] => [...a.keys()].filter((grant) => b.has(grant));
