/**
 * Peers as relays: sends and receives on lanes through others, and passes packets on for others.
 *
 * Where a device is, says the path engine alone; who may relay for whom, the netmap; on which lane, the dashboard. Here
 * the three are joined.
 */
import type { PathDistance } from "@pinhole/path-engine";
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import { MAX_RELAY_DISTANCES, type NetmapPeer, type RelayLane } from "@pinhole/protocol/control";
import { encodeOnLane, laneOf, loadOf } from "@pinhole/protocol/relay";
import { datagramBytes } from "@pinhole/wireguard";
import type { Route } from "../datapath/contract.ts";
import { MIN_INNER_MTU } from "../datapath/inner-mtu.ts";
import type { Way } from "../relay/relay-choice.ts";
import { type ForwardCounters, Forwarder, type ProvenPath } from "./forwarder.ts";
import { LaneRequests } from "./lane-requests.ts";
import { type Lane, LaneTable } from "./lane-table.ts";

/** How often paths are looked at, and asked for, while somebody may relay for us: both ends change within the time that they wait for each other. */
const LOOK_INTERVAL_MS = 1_000;
/** The path engine takes word of traffic once a second. */
const TRAFFIC_INTERVAL_MS = 1_000;

/** Round trips before a distance is compared with others, and before the engine measures in its own time. */
const FIRST_SAMPLES = 3;
const SURE_SAMPLES = 8;

/**
 * The tunnel's least packet, sealed. With a lane in front it passes nearly everywhere; longer ones are of a pair whose direct
 * path carried them until now, and a lane might not.
 */
const MAX_PACKET_BYTES = datagramBytes(MIN_INNER_MTU);

/** A path to each is kept, and told of; the relays that are servers must have a place in the report too. */
const MAX_RELAYS = MAX_RELAY_DISTANCES / 2;

/** Of the daemon. */
export type PeerRelayPorts = {
  readonly selfId: DeviceId;
  /** Milliseconds since the epoch on the server's clock. */
  readonly now: () => number;
  /** Of the direct path to the peer. */
  readonly distanceTo: (peerId: DeviceId) => PathDistance | undefined;
  /** Whether the peer has proven that it sends from there. */
  readonly isAddressOf: (peerId: DeviceId, address: string) => boolean;
  /** Whether a pong of the peer is overdue. */
  readonly isDoubtful: (peerId: DeviceId) => boolean;
  /** Packets go to the peer, or are about to. */
  readonly onTraffic: (peerId: DeviceId) => void;
  readonly sendDatagram: (socket: number, to: Endpoint, bytes: Uint8Array) => void;
  readonly requestLanes: (request: { readonly peerId: DeviceId; readonly via: DeviceId }) => void;
};

type Deps = PeerRelayPorts & {
  readonly onPacket: (via: DeviceId, from: DeviceId, packet: Uint8Array) => void;
  /** Who passes our packets on cannot reach the peer. */
  readonly onUnreachable: (via: DeviceId, peerId: DeviceId) => void;
  /** {@link PeerRelay.wayTo} or {@link PeerRelay.canCarry} may say something else. */
  readonly onChange: () => void;
  /** Whether any peer is reached over a relay just now. */
  readonly isNeeded: () => boolean;
};

/** `doubtful`: sent, and better sent another way too. */
export type Sent = "sent" | "doubtful" | "no-way";

export type RelayingStatus = { readonly lanes: number } & ForwardCounters;

export class PeerRelay {
  readonly #deps: Deps;
  readonly #lanes: LaneTable;
  readonly #forwarder: Forwarder;
  readonly #requests = new LaneRequests();
  readonly #paths = new Map<DeviceId, ProvenPath>();
  readonly #trafficAt = new Map<DeviceId, number>();
  readonly #wasUsable = new Set<DeviceId>();
  #relays: readonly DeviceId[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#lanes = new LaneTable(deps.selfId);
    const { isAddressOf } = deps;
    this.#forwarder = new Forwarder({ pathTo: (peerId) => this.#paths.get(peerId), isAddressOf });
  }

  /** Peers that may relay for us and are online: as many as are worth a path, the same ones for everybody. */
  get relays(): readonly DeviceId[] {
    return this.#relays;
  }

  /** Undefined for a device that never passed anything on. */
  get status(): RelayingStatus | undefined {
    const { counters } = this.#forwarder;
    const lanes = this.#lanes.passedOn(this.#deps.now());
    const hasDropped = Object.values(counters.dropped).some((count) => count > 0);
    return lanes > 0 || counters.packets > 0 || hasDropped ? { lanes, ...counters } : undefined;
  }

  setPeers(peers: ReadonlyMap<DeviceId, NetmapPeer>): void {
    this.#lanes.setPeers(peers);
    for (const known of [this.#paths, this.#trafficAt, this.#wasUsable])
      for (const id of known.keys()) if (!peers.has(id)) known.delete(id);
    this.#relays = [...peers.values()]
      .flatMap(({ id, mayRelay, online }) => (mayRelay === true && online ? [id] : []))
      .toSorted()
      .slice(0, MAX_RELAYS);
    if (this.#relays.length > 0) this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    else this.close();
  }

  setRoute(peerId: DeviceId, { direct, relay }: Route): void {
    if (direct === undefined) this.#paths.delete(peerId);
    else this.#paths.set(peerId, { ...direct, isSuspect: relay });
    if (this.#relays.includes(peerId)) this.#deps.onChange();
  }

  onControl(isUp: boolean): void {
    this.#lanes.onControl(isUp, this.#deps.now());
  }

  onLanes(lanes: readonly RelayLane[]): void {
    this.#lanes.add(lanes, this.#deps.now());
  }

  wayTo(relayId: DeviceId): Way {
    const path = this.#paths.get(relayId);
    const distance = path === undefined || path.isSuspect ? undefined : this.#deps.distanceTo(relayId);
    if (distance !== undefined && distance.samples >= FIRST_SAMPLES) {
      this.#wasUsable.add(relayId);
      return { rttMs: distance.rttMs, state: "usable" };
    }
    return { rttMs: undefined, state: this.#wasUsable.has(relayId) ? "failing" : "resting" };
  }

  /** Whether there is a lane to the peer. */
  canCarry(via: DeviceId, peerId: DeviceId): boolean {
    return this.#lanes.towards(peerId, via, this.#deps.now()) !== undefined;
  }

  /** Sees to it that there is one. */
  want(via: DeviceId, peerId: DeviceId): void {
    const now = this.#deps.now();
    const endsAt = this.#lanes.towards(peerId, via, now)?.expiresAt;
    if (this.#requests.isDue({ peerId, via, endsAt }, now)) this.#deps.requestLanes({ peerId, via });
  }

  send(via: DeviceId, peerId: DeviceId, packet: Uint8Array): Sent {
    const lane = this.#lanes.towards(peerId, via, this.#deps.now());
    const path = this.#paths.get(via);
    if (lane === undefined || path === undefined || packet.length > MAX_PACKET_BYTES) return "no-way";
    this.#noteTraffic(via);
    this.#deps.sendDatagram(path.socket, path.endpoint, encodeOnLane(lane.bytes, { kind: "packet", packet }));
    return this.#deps.isDoubtful(via) ? "doubtful" : "sent";
  }

  /** True when it came on a lane, whatever became of it. */
  onDatagram(from: Endpoint, datagram: Uint8Array): boolean {
    if (this.#lanes.isEmpty) return false;
    const bytes = laneOf(datagram);
    const lane = bytes && this.#lanes.find(bytes, this.#deps.now());
    if (lane === undefined) return false;
    if (lane.via === this.#deps.selfId) this.#pass(lane, datagram, from);
    else this.#take(lane, datagram, from);
    return true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #pass(lane: Lane, datagram: Uint8Array, from: Endpoint): void {
    const send = this.#forwarder.forward(lane, datagram, from, this.#deps.now());
    if (send === undefined) return;
    // Both paths are in use: they are watched as closely as those of our own packets.
    this.#noteTraffic(lane.from);
    this.#noteTraffic(lane.to);
    this.#deps.sendDatagram(send.socket, send.endpoint, send.bytes);
  }

  #take(lane: Lane, datagram: Uint8Array, from: Endpoint): void {
    const load = loadOf(datagram);
    if (lane.to === this.#deps.selfId && load?.kind === "packet") {
      this.#noteTraffic(lane.via);
      this.#deps.onPacket(lane.via, lane.from, load.packet);
    }
    // Everybody on the way has seen the lane; who turns packets off it must at least be where they are passed on.
    const isAnswer = lane.from === this.#deps.selfId && load?.kind === "unreachable";
    if (isAnswer && this.#deps.isAddressOf(lane.via, from.address)) this.#deps.onUnreachable(lane.via, lane.to);
  }

  #noteTraffic(peerId: DeviceId): void {
    const now = this.#deps.now();
    const elapsedMs = Math.abs(now - (this.#trafficAt.get(peerId) ?? Number.NEGATIVE_INFINITY));
    if (elapsedMs < TRAFFIC_INTERVAL_MS) return;
    this.#trafficAt.set(peerId, now);
    this.#deps.onTraffic(peerId);
  }

  /** A path to who may relay is asked for, and measured, while somebody is reached over a relay; once there, the engine keeps it. */
  #look(): void {
    if (this.#deps.isNeeded()) {
      for (const relayId of this.#relays) {
        const { samples } = this.#deps.distanceTo(relayId) ?? { samples: 0 };
        if (samples < SURE_SAMPLES) this.#deps.onTraffic(relayId);
      }
    }
    this.#deps.onChange();
  }
}
