/** The netmap's peers → what the datapath and the path engine have to know of them; each is told only of what changed. */
import type { PeerInfo } from "@pinhole/path-engine";
import { type DeviceId, fromBase64Url } from "@pinhole/protocol";
import { isPeerRelay, type Netmap, type NetmapPeer, type PunchPlan } from "@pinhole/protocol/control";
import type { Datapath } from "../datapath/contract.ts";
import type { EngineDriver } from "./engine-driver.ts";
import { livingRules } from "./living-rules.ts";

/** A plan may overtake the netmap that names its peer by a moment; later than this it has nothing to start. */
const PLAN_PATIENCE_MS = 5_000;
const MAX_EARLY_PLANS = 32;
/** Timers stand still while a machine sleeps: what ended meanwhile is noticed this soon after. */
const LONGEST_WAIT_MS = 10_000;

type Deps = {
  readonly datapath: Pick<Datapath, "configure">;
  readonly engine: EngineDriver;
  /** Known since the enrollment, before any netmap. */
  readonly selfAddresses: readonly string[];
  readonly now: () => number;
  /** Milliseconds since the epoch, as the dashboard counts them. */
  readonly serverNow: () => number;
};

export class PeerFeed {
  readonly #deps: Deps;
  #peers: ReadonlyMap<DeviceId, NetmapPeer> = new Map();
  #netmap: Netmap | undefined;
  #ending: NodeJS.Timeout | undefined;
  readonly #early = new Map<DeviceId, { readonly plan: PunchPlan; readonly at: number }>();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#configure(undefined);
  }

  get ids(): readonly DeviceId[] {
    return [...this.#peers.keys()];
  }

  has(peerId: DeviceId): boolean {
    return this.#peers.has(peerId);
  }

  /** For the log: a name says more than an identifier. What is none of a peer is its own name. */
  nameOf(id: string): string {
    return (isPeerRelay(id) ? this.#peers.get(id)?.name : undefined) ?? id;
  }

  apply(netmap: Netmap | undefined): void {
    const before = this.#peers;
    const peers = new Map((netmap?.peers ?? []).map((peer) => [peer.id, peer]));
    // Before the engine, whose first words of a peer are its route.
    const isSame = isSameForPackets(this.#netmap, netmap);
    this.#netmap = netmap;
    if (!isSame) this.#configure(netmap);
    this.#peers = peers;
    this.#deps.engine.tell((engine) => {
      for (const id of before.keys()) if (!peers.has(id)) engine.removePeer(id);
      for (const peer of peers.values()) if (before.get(peer.id) !== peer) engine.upsertPeer(peerInfo(peer));
    });
    this.#takeEarlyPlans();
  }

  onPlan(plan: PunchPlan): void {
    if (this.#peers.has(plan.peerId)) return this.#deps.engine.tell((engine) => engine.onPlan(plan));
    if (this.#early.size < MAX_EARLY_PLANS) this.#early.set(plan.peerId, { plan, at: this.#deps.now() });
  }

  #takeEarlyPlans(): void {
    for (const [peerId, { plan, at }] of this.#early) {
      const isLate = this.#deps.now() - at > PLAN_PATIENCE_MS;
      if (!isLate && !this.#peers.has(peerId)) continue;
      this.#early.delete(peerId);
      if (!isLate) this.onPlan(plan);
    }
  }

  /** The clock was set: what is over by it is over. */
  onClock(): void {
    if (this.#netmap?.filter.some(({ until }) => until !== undefined) === true) this.#configure(this.#netmap);
  }

  close(): void {
    clearTimeout(this.#ending);
  }

  #configure(netmap: Netmap | undefined): void {
    const { rules, endsInMs } = livingRules(netmap?.filter ?? [], this.#deps.serverNow());
    clearTimeout(this.#ending);
    if (endsInMs !== null)
      this.#ending = setTimeout(() => this.#configure(this.#netmap), Math.min(endsInMs, LONGEST_WAIT_MS)).unref();
    this.#deps.datapath.configure({
      peers: (netmap?.peers ?? []).map(({ id, nodeKey, addresses }) => ({ id, nodeKey, addresses })),
      filter: rules,
      selfAddresses: netmap?.self.addresses ?? this.#deps.selfAddresses,
      ranges: netmap?.self.ranges ?? [],
    });
  }
}

/** Who is online and where makes no difference to the datapath, and changes all the time. */
function isSameForPackets(a: Netmap | undefined, b: Netmap | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.self !== b.self || a.filter !== b.filter || a.peers.length !== b.peers.length) return false;
  return a.peers.every((peer, at) => {
    const other = b.peers[at];
    return (
      other === peer ||
      (other?.id === peer.id && other.nodeKey === peer.nodeKey && other.addresses.join() === peer.addresses.join())
    );
  });
}

function peerInfo(peer: NetmapPeer): PeerInfo {
  return {
    id: peer.id,
    nodeKey: fromBase64Url(peer.nodeKey) ?? new Uint8Array(32),
    candidates: peer.candidates,
    natProfile: peer.natProfile,
    probeEpoch: peer.probeEpoch === null ? null : (fromBase64Url(peer.probeEpoch) ?? null),
    online: peer.online,
    overlayPrefixes: peer.addresses,
    ...(peer.transport === undefined ? {} : { transport: peer.transport }),
  };
}
