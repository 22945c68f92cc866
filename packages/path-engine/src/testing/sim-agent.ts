/**
 * An agent in a simulation: a real engine, sockets in a simulated network, and packets that
 * follow the engine's routes as the datapath's would.
 */
import { createHash } from "node:crypto";
import type { LineOptions, SeededRandom, Segment, SimHost, SimNetwork, SimSocket, VirtualTime } from "@pinhole/natsim";
import {
  type DeviceId,
  embedIpv4,
  type Endpoint,
  findNat64Prefix,
  formatEndpoint,
  formatPrefix,
} from "@pinhole/protocol";
import type { Candidate, NatProfile, PathState } from "@pinhole/protocol/control";
import type { PeerInfo, Route, SendOptions, SocketId } from "../contract.ts";
import { PathEngine } from "../engine.ts";
import { NatProfiler } from "../profile/index.ts";
import { SocketIds } from "../socket-ids.ts";
import { UnprovenBudget, UnprovenPackets } from "../unproven-packets.ts";
import { publicKeyOf } from "./node-key.ts";
import { SERVER_EPOCH_MS, type SimCoordinator } from "./sim-coordinator.ts";

/** How often the binding towards the STUN server is kept, so that the server-reflexive candidate stays true. */
const STUN_MS = 15_000;

/** The datapath's limits on how often it tells the engine of packets. */
const TRAFFIC_NOTE_MS = 1_000;
const RECEIPT_NOTE_MS = 100;

export type SimWorld = {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly network: SimNetwork;
  readonly coordinator: SimCoordinator;
  /** Of one server; the first is the one to ask. */
  readonly stun: readonly Endpoint[];
};

export type SimAgentOptions = {
  readonly name: string;
  /** One interface and one socket each; the first is observed by the STUN server. */
  readonly places: readonly { readonly segment: Segment; readonly endpoint: Endpoint; readonly line?: LineOptions }[];
  readonly connectedPrefixes?: readonly string[];
  /** As if measured. Without, the agent measures for itself, from its first place. */
  readonly natProfile?: NatProfile | undefined;
  readonly serverDelayMs: number;
  /** Our monotonic clock, ahead of virtual time by this. */
  readonly clockSkewMs?: number;
  /** How wrong our idea of the server's clock is. */
  readonly clockErrorMs?: number;
  readonly bootCount?: number;
};

export type Arrival = { readonly at: number; readonly sentAt: number; readonly via: "direct" | "relay" };
export type PathChange = {
  readonly at: number;
  readonly peerId: DeviceId;
  readonly route: Route;
  readonly state: PathState;
};

export class SimAgent {
  readonly id: DeviceId;
  readonly engine: PathEngine;
  readonly changes: PathChange[] = [];
  readonly arrivals: Arrival[] = [];
  /** When each packet left. */
  readonly departures: number[] = [];
  readonly pathMtus: { readonly at: number; readonly bytes: number | undefined }[] = [];
  /** Every probe that this agent sent. */
  readonly probes: { readonly at: number; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  readonly #world: SimWorld;
  readonly #options: SimAgentOptions;
  readonly #host: SimHost;
  readonly #sockets = new Map<SocketId, SimSocket>();
  readonly #publicKey: Uint8Array;
  readonly #epoch: Uint8Array;
  readonly #routes = new Map<DeviceId, Route>();
  readonly #unproven = new Map<DeviceId, UnprovenPackets>();
  readonly #notedAt = new Map<string, number>();
  readonly #profiler: NatProfiler | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(world: SimWorld, options: SimAgentOptions) {
    const { time, random, network, coordinator } = world;
    this.#world = world;
    this.#options = options;
    this.id = `dev_${createHash("sha256").update(options.name).digest("hex").slice(0, 32)}`;
    this.#host = network.addHost({
      name: options.name,
      interfaces: options.places.map(({ segment, endpoint, line }) => ({
        segment,
        addresses: [endpoint.address],
        line,
      })),
    });
    for (const [id, { endpoint }] of options.places.entries()) this.#openSocket(id, endpoint);
    const own = random.fork();
    const ids = new SocketIds();
    this.#profiler = options.natProfile === undefined ? this.#newProfiler(own.fork(), ids) : undefined;
    const privateKey = own.bytes(32);
    this.#publicKey = publicKeyOf(privateKey);
    this.#epoch = own.bytes(16);
    this.engine = new PathEngine({
      now: () => time.now + (options.clockSkewMs ?? 0),
      randomBytes: (length) => own.bytes(length),
      nodePrivateKey: privateKey,
      nodePublicKey: this.#publicKey,
      probe: { epoch: this.#epoch, bootCount: options.bootCount ?? 1 },
      socketIds: ids,
      effects: {
        sendDatagram: (socket, to, bytes, options) => this.#sendProbe(socket, { to, bytes, options }),
        sendRelayed: (peerId, bytes) => coordinator.relay(this.id, peerId, bytes),
        sendBySession: (peerId, bytes) => coordinator.passNote(this.id, peerId, bytes),
        openSocket: (socket) => this.#openSocket(socket),
        closeSocket: (socket) => this.#closeSocket(socket),
        pathChanged: (peerId, route, state) => this.#onPathChanged(peerId, route, state),
        pathMtuChanged: (_, bytes) => void this.pathMtus.push({ at: time.now, bytes }),
        requestPunch: (peerId, trigger, failures) => coordinator.requestPunch(this.id, { peerId, trigger, failures }),
        pathProven: (peerId, until) => this.#unprovenTo(peerId).prove(until - (options.clockSkewMs ?? 0)),
        trace: (trace) => coordinator.takeTrace(this.id, trace),
      },
    });
    this.#start();
  }

  /** As measured by itself; null until then, and for one whose profile is given. */
  get measured(): NatProfile | null {
    return this.#profiler?.profile ?? null;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  route(peerId: DeviceId): Route | undefined {
    return this.#routes.get(peerId);
  }

  /** Sends a packet every `everyMs` until `untilMs` has passed. */
  sendTraffic(peerId: DeviceId, { everyMs, forMs }: { readonly everyMs: number; readonly forMs: number }): void {
    const { time } = this.#world;
    const end = time.now + forMs;
    const next = (): void => {
      if (time.now > end) return;
      this.#sendData(peerId);
      time.after(everyMs, next);
    };
    next();
  }

  /** Reports candidates anew and tells the engine of them, as after a change of network. */
  refresh(): void {
    this.engine.setLocal({
      sockets: this.#options.places.map(({ endpoint }, id) => ({ id, family: endpoint.address.includes(":") ? 6 : 4 })),
      connectedPrefixes: this.#options.connectedPrefixes ?? [],
      stunServers: this.#world.stun,
      ...this.#report(),
    });
    this.#world.coordinator.publish(this.id);
    this.#schedule();
  }

  /** As when the system says that addresses changed, or that it was asleep. */
  onNetworkChange(): void {
    this.#profiler?.onNetworkChange();
    this.#then(() => this.engine.onNetworkChange());
  }

  /** A datagram as if it came from the network: what an attacker on the path can do. */
  inject(socket: SocketId, from: Endpoint, bytes: Uint8Array): ReturnType<PathEngine["onDatagram"]> {
    const answer = this.engine.onDatagram(socket, from, bytes);
    this.#schedule();
    return answer;
  }

  #start(): void {
    const { time, coordinator } = this.#world;
    const { clockSkewMs = 0, clockErrorMs = 0, serverDelayMs } = this.#options;
    this.engine.setClock(SERVER_EPOCH_MS - clockSkewMs + clockErrorMs, Math.abs(clockErrorMs));
    this.engine.onRelay(true, "sim");
    coordinator.join({
      id: this.id,
      nodeKey: this.#publicKey,
      serverDelayMs,
      report: () => ({ ...this.#report(), probeEpoch: this.#epoch }),
      onPeer: (info: PeerInfo) => this.#then(() => this.engine.upsertPeer(info)),
      onPlan: (plan) => this.#then(() => this.engine.onPlan(plan)),
      onPlanned: (peerId, attemptId) => this.#then(() => this.engine.onPunchPlanned(peerId, attemptId)),
      onRefused: (peerId, code) => this.#then(() => this.engine.onPunchRefused(peerId, code)),
      onRelayed: (from, bytes) => this.#onRelayed(from, bytes),
    });
    if (this.#profiler !== undefined) return this.#startProfiler(this.#profiler);
    const keepBinding = (): void => {
      this.#report();
      time.after(STUN_MS, keepBinding);
    };
    keepBinding();
  }

  #newProfiler(random: SeededRandom, ids: SocketIds): NatProfiler {
    const { time } = this.#world;
    return new NatProfiler({
      now: () => time.now,
      serverNow: () => SERVER_EPOCH_MS + time.now,
      randomBytes: (length) => random.bytes(length),
      effects: {
        openSocket: () => {
          const id = ids.take();
          this.#openSocket(id);
          // As with real sockets, the port is known a moment after the asking.
          time.after(0, () => this.#profiler?.onSocketOpened(id, this.#sockets.get(id)?.port ?? 0));
          return id;
        },
        closeSocket: (id) => this.#closeSocket(id),
        send: (id, to, bytes) => this.#send(id, to, bytes),
        onReflexive: () => this.refresh(),
        onProfile: () => this.refresh(),
      },
    });
  }

  #startProfiler(profiler: NatProfiler): void {
    const [socket, place] = [this.#sockets.get(0), this.#options.places[0]];
    if (socket === undefined || place === undefined) return;
    const { address } = place.endpoint;
    const family = address.includes(":") ? 6 : 4;
    const prefix = family === 6 ? findNat64Prefix(this.#host.resolveIpv4Only()) : undefined;
    profiler.setLocal({
      socket: { id: 0, family, port: socket.port },
      addresses: [address],
      nat64Prefix: prefix && formatPrefix(prefix),
    });
    const { stun } = this.#world;
    profiler.setServers(
      prefix === undefined ? stun : stun.map((server) => ({ ...server, address: embedIpv4(prefix, server.address) })),
    );
    this.#schedule();
  }

  #report(): { readonly candidates: readonly Candidate[]; readonly natProfile: NatProfile | null } {
    const { network, stun } = this.#world;
    const candidates: Candidate[] = this.#options.places.map(({ endpoint }) => ({
      kind: "host",
      endpoint: formatEndpoint(endpoint),
    }));
    const first = this.#sockets.get(0);
    const { natProfile } = this.#options;
    const [server] = stun;
    const endpoint = natProfile && first && server && network.observe(this.#host, first, server);
    const observed = natProfile === undefined ? (this.#profiler?.reflexive ?? []) : endpoint ? [endpoint] : [];
    for (const reflexive of observed.map(formatEndpoint)) {
      if (candidates.some(({ endpoint }) => endpoint === reflexive)) continue;
      candidates.push({ kind: "server-reflexive", endpoint: reflexive });
    }
    if (natProfile === undefined) return { candidates, natProfile: this.#profiler?.profile ?? null };
    return { candidates, natProfile: { ...natProfile, publicEndpoints: observed.map(formatEndpoint) } };
  }

  #onPathChanged(peerId: DeviceId, route: Route, state: PathState): void {
    this.#routes.set(peerId, route);
    if (route.relay) {
      this.#profiler?.look();
      for (const bytes of this.#unprovenTo(peerId).take()) this.#world.coordinator.relay(this.id, peerId, bytes);
    }
    this.changes.push({ at: this.#world.time.now, peerId, route, state });
    // As the daemon does: our own endpoint may be another one by now.
    if (route.relay) this.#profiler?.look();
  }

  #openSocket(id: SocketId, at: { readonly port?: number; readonly address?: string } = {}): void {
    const onDatagram = (from: Endpoint, bytes: Uint8Array): void => this.#receive(id, from, bytes);
    this.#sockets.set(id, this.#host.openSocket({ ...at, onDatagram }));
  }

  #closeSocket(id: SocketId): void {
    this.#sockets.get(id)?.close();
    this.#sockets.delete(id);
  }

  #sendProbe(
    socket: SocketId,
    { to, bytes, options = {} }: { to: Endpoint; bytes: Uint8Array; options: SendOptions | undefined },
  ): void {
    this.probes.push({ at: this.#world.time.now, to, bytes });
    this.#sockets.get(socket)?.send(to, bytes, options);
  }

  #sendData(peerId: DeviceId): void {
    const { time, coordinator } = this.#world;
    const bytes = Buffer.from(JSON.stringify({ from: this.id, sentAt: time.now }));
    if (this.#isNoteDue(`to ${peerId}`, TRAFFIC_NOTE_MS)) this.#then(() => this.engine.onTraffic(peerId));
    const route = this.#routes.get(peerId);
    this.departures.push(time.now);
    if (route?.direct !== undefined) this.#send(route.direct.socket, route.direct.endpoint, bytes);
    if (route?.relay) coordinator.relay(this.id, peerId, bytes);
    else this.#unprovenTo(peerId).keep(bytes, time.now);
  }

  #unprovenTo(peerId: DeviceId): UnprovenPackets {
    const known = this.#unproven.get(peerId);
    if (known !== undefined) return known;
    const packets = new UnprovenPackets(new UnprovenBudget());
    this.#unproven.set(peerId, packets);
    return packets;
  }

  #send(id: SocketId, to: Endpoint, bytes: Uint8Array): void {
    this.#sockets.get(id)?.send(to, bytes);
  }

  #receive(socket: SocketId, endpoint: Endpoint, bytes: Uint8Array): void {
    const isTaken = this.engine.onDatagram(socket, endpoint, bytes) !== "not-ours";
    const isProfilers = !isTaken && this.#profiler?.onDatagram(socket, endpoint, bytes) === true;
    this.#schedule();
    if (isTaken || isProfilers || bytes[0] !== "{".charCodeAt(0)) return;
    const { from } = JSON.parse(Buffer.from(bytes).toString()) as { from: DeviceId };
    this.#onData(from, { socket, endpoint }, bytes);
  }

  #onRelayed(from: DeviceId, bytes: Uint8Array): void {
    const isNote = this.engine.onRelayed(bytes) === "probe";
    this.#schedule();
    if (!isNote) this.#onData(from, "relay", bytes);
  }

  #onData(from: DeviceId, via: { socket: SocketId; endpoint: Endpoint } | "relay", bytes: Uint8Array): void {
    const { sentAt } = JSON.parse(Buffer.from(bytes).toString()) as { sentAt: number };
    this.arrivals.push({ at: this.#world.time.now, sentAt, via: via === "relay" ? "relay" : "direct" });
    const way = via === "relay" ? via : formatEndpoint(via.endpoint);
    if (this.#isNoteDue(`from ${from} ${way}`, RECEIPT_NOTE_MS))
      this.#then(() => this.engine.onDataReceived(from, via));
  }

  #isNoteDue(what: string, everyMs: number): boolean {
    const { now } = this.#world.time;
    if (now - (this.#notedAt.get(what) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    this.#notedAt.set(what, now);
    return true;
  }

  #then(act: () => void): void {
    act();
    this.#schedule();
  }

  /** One wake-up is under way at a time; an earlier deadline adds one. */
  #schedule(): void {
    const { time } = this.#world;
    // A microsecond late, because subtracting the skew may round to a moment too early.
    const engineAt = this.engine.nextDeadline() - (this.#options.clockSkewMs ?? 0);
    const at = Math.min(engineAt, this.#profiler?.nextDeadline() ?? Number.POSITIVE_INFINITY) + 0.001;
    if (at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = at;
    time.at(at, () => {
      if (this.#wakeAt === at) this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#profiler?.tick();
      this.engine.tick();
      this.#schedule();
    });
  }
}
