/**
 * A policy over the devices that there are: who may see whom, and what each device lets in.
 *
 * Default deny: what no grant names does not pass. A pair may talk when any grant joins the two in either direction, for
 * an answer needs a way back; what may come in unasked is the filter's alone.
 *
 * Compiled policies do not change: {@link CompiledPolicy.follow} makes another one that shares everything which a change
 * of devices does not touch, the filters of the others included.
 */
import { addressFamily } from "../address.ts";
import type { DeviceId } from "../ids.ts";
import { formatPrefix } from "../prefix.ts";
import { blockOf, toSelectors } from "./block-of.ts";
import { expiryOf, livingAt, nextExpiry } from "./expiry.ts";
import { type FilterRule, MAX_SERVICES } from "./filter-rule.ts";
import type { Grant, Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { type Relation, Relations, type Sorted, STRANGERS } from "./relation.ts";
import { type DeviceMentions, SelectorIndex } from "./selector-index.ts";
import { parseServices } from "./service.ts";
import type { Transport } from "./transport.ts";

export type CompiledPolicy = {
  /** What it says of two devices; of one that is not known, that they are strangers. */
  readonly relation: (a: DeviceId, b: DeviceId) => Relation;
  /**
   * Devices of one kind stand to every other device in the same way, so that what one of them is told of others need not be
   * worked out for each. Numbers mean something to this policy alone; undefined for a device that is not known.
   */
  readonly kindOf: (deviceId: DeviceId) => number | undefined;
  /** What it says of a device of the one kind and another one of the other. */
  readonly relationOfKinds: (a: number, b: number) => Relation;
  readonly mayTalk: (a: DeviceId, b: DeviceId) => boolean;
  readonly transport: (a: DeviceId, b: DeviceId) => Transport;
  readonly mayRelay: (relay: DeviceId, device: DeviceId) => boolean;
  /** Those that the policy lets relay for anybody. */
  readonly relays: () => DeviceId[];
  /** What the device lets in; the same array as long as it is the same. Empty for a device that is not known: nothing. */
  readonly filterFor: (deviceId: DeviceId) => FilterRule[];
  /** When a grant ends and this has to be compiled anew; null: never. */
  readonly endsAt: number | null;
  readonly follow: (change: DeviceChange) => CompiledPolicy;
};

export type DeviceChange = { readonly present: readonly PolicyDevice[]; readonly gone: readonly DeviceId[] };

/** Of a rule's `src`; a longer list becomes several rules. */
const MAX_SOURCES = 5_000;
const EVERYTHING = ["0.0.0.0/0", "::/0"];

export function compilePolicy(policy: Policy, devices: readonly PolicyDevice[], at: number): CompiledPolicy {
  const living = livingAt(policy, at);
  const plan: Plan = {
    index: new SelectorIndex(living),
    grants: living.grants.map((grant) => compileGrant(living, grant)),
    relations: new Relations(living.grants.map(({ transport }) => transport ?? "prefer-direct")),
    endsAt: nextExpiry(policy, at),
  };
  const known = new Map(devices.toSorted(byId).map((device) => [device.id, knowDevice(plan, device)]));
  return new Compiled(plan, { devices: known, sources: new Map(), filters: new Map() });
}

/** What follows from the document alone. */
type Plan = {
  readonly index: SelectorIndex;
  readonly grants: readonly CompiledGrant[];
  readonly relations: Relations;
  readonly endsAt: number | null;
};

type CompiledGrant = {
  /**
   * `*` is every source: the receiver takes a packet only with an inner source that belongs to the peer which sealed it,
   * and all its peers are of the team. So a rule for everybody stays as it is while devices come and go.
   */
  readonly isForAll: boolean;
  readonly blocks: readonly string[];
  readonly allow: readonly FilterRule["allow"][];
  readonly until: number | null;
};

type State = {
  /** In the order of their ids, so that a filter is the same text however it came about. */
  readonly devices: ReadonlyMap<DeviceId, Sorted>;
  /** By grant, in chunks; made when somebody asks. */
  readonly sources: Map<number, readonly string[][]>;
  readonly filters: Map<DeviceId, FilterRule[]>;
};

class Compiled implements CompiledPolicy {
  readonly #plan: Plan;
  readonly #state: State;

  constructor(plan: Plan, state: State) {
    this.#plan = plan;
    this.#state = state;
  }

  get endsAt(): number | null {
    return this.#plan.endsAt;
  }

  relation = (a: DeviceId, b: DeviceId): Relation => {
    const [one, other] = [this.#state.devices.get(a), this.#state.devices.get(b)];
    if (one === undefined || other === undefined || a === b) return STRANGERS;
    return this.#plan.relations.between(one.kind, other.kind);
  };

  kindOf = (deviceId: DeviceId): number | undefined => this.#state.devices.get(deviceId)?.kind;

  relationOfKinds = (a: number, b: number): Relation => this.#plan.relations.between(a, b);

  mayTalk = (a: DeviceId, b: DeviceId): boolean => this.relation(a, b).mayTalk;

  transport = (a: DeviceId, b: DeviceId): Transport => this.relation(a, b).transport;

  mayRelay = (relay: DeviceId, device: DeviceId): boolean => this.relation(relay, device).mayRelay;

  relays = (): DeviceId[] =>
    [...this.#state.devices].filter(([, { mentions }]) => mentions.relay.size > 0).map(([id]) => id);

  filterFor = (deviceId: DeviceId): FilterRule[] => {
    const { filters } = this.#state;
    const made = filters.get(deviceId) ?? this.#filter(deviceId);
    filters.set(deviceId, made);
    return made;
  };

  follow = ({ present, gone }: DeviceChange): CompiledPolicy => {
    const devices = new Map(this.#state.devices);
    const filters = new Map(this.#state.filters);
    const sources = new Map(this.#state.sources);
    const touched = new Set<number>();
    const forget = (id: DeviceId): void => {
      for (const grant of devices.get(id)?.mentions.src.keys() ?? []) touched.add(grant);
      filters.delete(id);
    };
    for (const id of gone) {
      forget(id);
      devices.delete(id);
    }
    let isOrdered = true;
    for (const device of present) {
      forget(device.id);
      isOrdered &&= devices.has(device.id);
      devices.set(device.id, knowDevice(this.#plan, device));
      forget(device.id);
    }
    for (const grant of touched) {
      if (this.#plan.grants[grant]?.isForAll === true) touched.delete(grant);
      else sources.delete(grant);
    }
    for (const [id, { mentions }] of devices) {
      if (filters.has(id) && isAnyIn(mentions.dst, touched)) filters.delete(id);
    }
    const ordered = isOrdered ? devices : new Map([...devices].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return new Compiled(this.#plan, { devices: ordered, sources, filters });
  };

  #mentions(id: DeviceId): DeviceMentions | undefined {
    return this.#state.devices.get(id)?.mentions;
  }

  #filter(deviceId: DeviceId): FilterRule[] {
    const rules: FilterRule[] = [];
    for (const [at, addresses] of this.#mentions(deviceId)?.dst ?? []) {
      const grant = this.#plan.grants[at];
      if (grant === undefined) continue;
      const dst = addresses.map(hostPrefix);
      const end = grant.until === null ? {} : { until: grant.until };
      for (const src of this.#sources(at, grant)) {
        for (const allow of grant.allow) rules.push({ src, dst, allow, ...end });
      }
    }
    return rules;
  }

  #sources(at: number, { isForAll, blocks }: CompiledGrant): readonly string[][] {
    const known = this.#state.sources.get(at);
    if (known !== undefined) return known;
    const found = new Set(isForAll ? EVERYTHING : blocks);
    if (!isForAll) {
      for (const { mentions } of this.#state.devices.values()) {
        for (const address of mentions.src.get(at) ?? []) found.add(hostPrefix(address));
      }
    }
    const chunks = chunksOf([...found], MAX_SOURCES);
    this.#state.sources.set(at, chunks);
    return chunks;
  }
}

const byId = (a: PolicyDevice, b: PolicyDevice): number => (a.id < b.id ? -1 : 1);

function knowDevice({ index, relations }: Pick<Plan, "index" | "relations">, device: PolicyDevice): Sorted {
  const mentions = index.mentionsOf(device);
  return { mentions, kind: relations.kindOf(mentions) };
}

function compileGrant(policy: Policy, grant: Grant): CompiledGrant {
  const src = toSelectors(grant.src);
  return {
    isForAll: src.some(({ kind }) => kind === "any"),
    blocks: src.flatMap((selector) => blockOf(policy, selector) ?? []).map(formatPrefix),
    allow: chunksOf(
      grant.ip.flatMap((text) => parseServices(text) ?? []),
      MAX_SERVICES,
    ),
    until: expiryOf(grant),
  };
}

function isAnyIn(mentions: ReadonlyMap<number, unknown>, grants: ReadonlySet<number>): boolean {
  for (const grant of mentions.keys()) if (grants.has(grant)) return true;
  return false;
}

function chunksOf<Item>(items: readonly Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, chunk) =>
    items.slice(chunk * length, (chunk + 1) * length),
  );
}

const hostPrefix = (address: string): string => `${address}/${addressFamily(address) === 4 ? 32 : 128}`;
