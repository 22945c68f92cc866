/**
 * The path engine: finds, proves and keeps the direct path to every peer.
 *
 * Sans-I/O. It has no socket, timer or clock of its own: datagrams and news come in through
 * the methods, effects go out through {@link PathEffects}, and the owner calls
 * {@link PathEngine.tick} at {@link PathEngine.nextDeadline}. The same inputs at the same
 * times with the same random bytes give the same effects.
 *
 * What a peer or the server names is probed within budgets only; nothing that is not sealed
 * by a peer's key is answered or remembered.
 */
import { type AttemptId, type DeviceId, type Endpoint, fromBase64Url, idToBytes } from "@pinhole/protocol";
import type { PunchPlan, Trigger } from "@pinhole/protocol/control";
import { encodeNote, encodePing, encodePong, NO_ATTEMPT, TX_ID_BYTES } from "@pinhole/protocol/probe";
import { isStun } from "@pinhole/protocol/stun";
import type {
  LocalInfo,
  PathDistance,
  PathEffects,
  PathEngineOptions,
  PathSnapshot,
  PeerInfo,
  RefusalCode,
  SocketId,
} from "./contract.ts";
import { ExtraSockets } from "./extra-sockets.ts";
import { isSendable, NOWHERE, parsePrefixes, publicAddresses, type Vicinity } from "./may-probe.ts";
import type { Pair } from "./pair.ts";
import type { SizedPing } from "./path-mtu.ts";
import { Peer } from "./peer.ts";
import type { PeerHost, Purpose, Surroundings } from "./peer-host.ts";
import { isSameReachability } from "./peer-news.ts";
import { KeyRing } from "./probe/key-ring.ts";
import { ServerClock } from "./server-clock.ts";
import { SprayGate } from "./spray-gate.ts";
import type { Shot } from "./stages/stage-run.ts";
import { type Asked, StunDesk } from "./stun/stun-desk.ts";
import { KeyedBuckets, type Rate, TokenBucket } from "./token-bucket.ts";

/** Pings to endpoints that have not proven themselves, of all peers together: new NAT bindings of the whole household. */
const SEEK_RATE: Rate = { perSecond: 200, burst: 200 };

/** The same for one target address, whoever named it: what a team of liars can make one device send to a victim. */
const TARGET_RATE: Rate = { perSecond: 50, burst: 120 };

/** What goes to many ports of one proven address: new entries in the NATs of both. */
const SPRAY_RATE: Rate = { perSecond: 200, burst: 64 };

/** Pongs to one source address. */
const PONG_RATE: Rate = { perSecond: 50, burst: 120 };

/** Requests for plans; the server has a limit of its own. */
const REQUEST_RATE: Rate = { perSecond: 5, burst: 20 };

const EMPTY_LOCAL: LocalInfo = { sockets: [], candidates: [], connectedPrefixes: [], natProfile: null };

const EMPTY_SURROUNDINGS: Surroundings = {
  sockets: [],
  vicinity: NOWHERE,
  candidates: [],
  natProfile: null,
  isControlUp: true,
  isRelayUp: false,
  relayName: undefined,
};

export class PathEngine {
  readonly #now: () => number;
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #effects: PathEffects;
  readonly #prewarm: boolean;
  readonly #keys: KeyRing;
  readonly #clock = new ServerClock();
  readonly #peers = new Map<DeviceId, Peer>();
  /** When each peer wants its tick; those that wait for nothing are not in it. */
  readonly #deadlines = new Map<Peer, number>();
  readonly #seeks: TokenBucket;
  readonly #targets = new KeyedBuckets(TARGET_RATE);
  readonly #pongs = new KeyedBuckets(PONG_RATE);
  readonly #sprayed: TokenBucket;
  readonly #requests: TokenBucket;
  readonly #sprays = new SprayGate();
  readonly #extra: ExtraSockets;
  readonly #stun: StunDesk;
  #local = EMPTY_LOCAL;
  #surroundings = EMPTY_SURROUNDINGS;

  constructor(options: PathEngineOptions) {
    const { now, randomBytes, nodePrivateKey, nodePublicKey, probe, effects, socketIds, prewarm = false } = options;
    this.#now = now;
    this.#randomBytes = randomBytes;
    this.#effects = effects;
    this.#prewarm = prewarm;
    this.#keys = new KeyRing({ nodePrivateKey, nodePublicKey, ...probe });
    this.#seeks = new TokenBucket(SEEK_RATE, now());
    this.#sprayed = new TokenBucket(SPRAY_RATE, now());
    this.#requests = new TokenBucket(REQUEST_RATE, now());
    this.#extra = new ExtraSockets({ effects, ...(socketIds === undefined ? {} : { ids: socketIds }) });
    this.#stun = new StunDesk({ randomBytes, send: (socket, to, bytes) => effects.sendDatagram(socket, to, bytes) });
  }

  /** Our sockets, addresses and NAT as measured. A difference that matters starts attempts anew. */
  setLocal(local: LocalInfo): void {
    const before = this.#local;
    const isNews = !isSameNetwork(before, local);
    this.#local = local;
    this.#stun.setServers(local.stunServers ?? []);
    this.#surroundings = {
      ...this.#surroundings,
      sockets: local.sockets,
      vicinity: vicinityOf(local),
      candidates: local.candidates,
      natProfile: local.natProfile,
    };
    this.#forAll((peer, now) => {
      peer.retarget(now);
      if (isNews) peer.onLocalNews(now);
    });
  }

  /** The epoch until now stays accepted, because peers hear of the new one later. */
  setProbeEpoch(epoch: Uint8Array): void {
    this.#keys.setEpoch(epoch);
  }

  /** `offsetMs`: what added to our monotonic time gives the server's. */
  setClock(offsetMs: number, uncertaintyMs: number): void {
    this.#clock.set(offsetMs, uncertaintyMs);
  }

  /** A peer of the netmap, new or changed; also for presence. */
  upsertPeer(info: PeerInfo): void {
    const now = this.#now();
    let peer = this.#peers.get(info.id);
    if (peer !== undefined && !isSameKey(peer.info.nodeKey, info.nodeKey)) {
      this.removePeer(info.id);
      peer = undefined;
    }
    this.#keys.setPeer(info.id, info.nodeKey, info.probeEpoch);
    if (peer === undefined) {
      peer = new Peer(info, this.#host(), now);
      this.#peers.set(info.id, peer);
    } else {
      peer.update(info, now);
    }
    this.#settle(peer, now);
  }

  removePeer(id: DeviceId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    this.#deadlines.delete(peer);
    this.#keys.removePeer(id);
    peer.onRemoved(this.#now());
  }

  /** Asked for or not: the other side may have. */
  onPlan(plan: PunchPlan): void {
    const epoch = fromBase64Url(plan.peerProbeEpoch);
    this.#with(plan.peerId, (peer, now) => {
      if (epoch !== undefined) this.#keys.setPeer(peer.id, peer.info.nodeKey, epoch);
      peer.onPlan(plan, now);
    });
  }

  /** A request was granted by this plan, which is sent or under way. */
  onPunchPlanned(peerId: DeviceId, attemptId: AttemptId): void {
    this.#with(peerId, (peer, now) => peer.onPlanned(attemptId, now));
  }

  onPunchRefused(peerId: DeviceId, code: RefusalCode): void {
    this.#with(peerId, (peer, now) => peer.onRefused(code, now));
  }

  /** A socket that the engine asked for is open, on a local port, or could not be had. */
  onSocket(id: SocketId, port: number | null): void {
    if (port === null) this.#extra.onFailed(id);
  }

  /** What came over the relay from a peer: a note is taken, everything else is the tunnel's. */
  onRelayed(bytes: Uint8Array): "probe" | "not-ours" {
    const opened = this.#keys.open(bytes);
    if (opened === undefined) return "not-ours";
    const { peerId, message } = opened;
    if (message.kind === "note") this.#with(peerId, (peer, now) => peer.onNote(message, now));
    return "probe";
  }

  /** What came by the coordinator's session; whether it is a note of a peer is found out here. */
  onNote(bytes: Uint8Array): void {
    this.onRelayed(bytes);
  }

  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array): "probe" | "stun" | "not-ours" {
    if (isStun(bytes)) return this.#onStun(bytes, from) ? "stun" : "not-ours";
    const opened = this.#keys.open(bytes);
    const peer = opened && this.#peers.get(opened.peerId);
    if (opened === undefined || peer === undefined) return "not-ours";
    // Genuine, yet from where nothing is ever sent: our own overlay, or a forged loopback source.
    if (peer.isRelayOnly || !isSendable(from, this.#surroundings.vicinity)) return "probe";
    const now = this.#now();
    const { message } = opened;
    switch (message.kind) {
      case "ping":
        this.#pong(peer, { socket, to: from, txId: message.txId });
        peer.onPing(socket, from, now);
        break;
      case "pong":
        peer.onPong({ txId: message.txId, socket, observed: message.observed }, now);
        break;
      case "note":
        // Notes go by the relay, whose packets are the peer's; here anybody may send what he has seen.
        break;
    }
    this.#settle(peer, now);
    return "probe";
  }

  /** Packets are being sent to the peer: at the first one, then at most once a second. */
  onTraffic(peerId: DeviceId): void {
    this.#with(peerId, (peer, now) => peer.onTraffic(now));
  }

  /** Authentic packets of the peer came in that way. */
  onDataReceived(peerId: DeviceId, via: { readonly socket: SocketId; readonly endpoint: Endpoint } | "relay"): void {
    this.#with(peerId, (peer, now) => peer.onData(via, now));
  }

  onRelay(isUp: boolean, name?: string): void {
    const isBack = isUp && !this.#surroundings.isRelayUp;
    this.#surroundings = { ...this.#surroundings, isRelayUp: isUp, relayName: name };
    this.#forAll((peer, now) => isBack && peer.onServerBack(now));
  }

  /** Whether plans can be asked for at all. Without this call a refusal with `offline` says the same, one request at a time. */
  onControl(isUp: boolean): void {
    const isBack = isUp && !this.#surroundings.isControlUp;
    this.#surroundings = { ...this.#surroundings, isControlUp: isUp };
    this.#forAll((peer, now) => isBack && peer.onServerBack(now));
  }

  /** Another network, an address come or gone, a wake-up from sleep: every path has to prove itself again. */
  onNetworkChange(): void {
    this.#forAll((peer, now) => peer.onNetworkChange(now));
  }

  snapshot(peerId: DeviceId): PathSnapshot | undefined {
    return this.#peers.get(peerId)?.snapshot(this.#now());
  }

  /** Whether the peer has proven that it sends from there. */
  isAddressOf(peerId: DeviceId, address: string): boolean {
    return this.#peers.get(peerId)?.evidence.isAddress(address, this.#now()) === true;
  }

  /** Of the direct path to the peer. */
  distanceTo(peerId: DeviceId): PathDistance | undefined {
    return this.#peers.get(peerId)?.evidence.distance;
  }

  /** Whether what goes to the peer directly had better go another way as well. */
  isDoubtful(peerId: DeviceId): boolean {
    return this.#peers.get(peerId)?.evidence.isDoubtful === true;
  }

  tick(): void {
    const now = this.#now();
    this.#stun.tick(now);
    for (const [peer, at] of this.#deadlines) if (at <= now) this.#settle(peer, now);
  }

  /** When {@link tick} is due, on the injected clock; Infinity when nothing is. Changes with every call of any method. */
  nextDeadline(): number {
    let earliest = this.#stun.nextDeadline();
    for (const at of this.#deadlines.values()) earliest = Math.min(earliest, at);
    return earliest;
  }

  #with(id: DeviceId, act: (peer: Peer, now: number) => void): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    const now = this.#now();
    act(peer, now);
    this.#settle(peer, now);
  }

  #forAll(act: (peer: Peer, now: number) => void): void {
    const now = this.#now();
    for (const peer of this.#peers.values()) {
      act(peer, now);
      this.#settle(peer, now);
    }
  }

  /** Does what is due for a peer, then says what has changed. */
  #settle(peer: Peer, now: number): void {
    peer.tick(now);
    // An effect within the tick may have removed it.
    if (this.#peers.get(peer.id) !== peer) return;
    const deadline = peer.nextDeadline(now);
    if (deadline === Number.POSITIVE_INFINITY) this.#deadlines.delete(peer);
    else this.#deadlines.set(peer, deadline);
    const changed = peer.report(now);
    if (changed !== undefined) this.#effects.pathChanged(peer.id, changed.route, changed.state);
    const mtu = peer.reportMtu();
    if (mtu !== undefined) this.#effects.pathMtuChanged(peer.id, mtu.bytes);
  }

  #onStun(bytes: Uint8Array, from: Endpoint): boolean {
    return this.#stun.onDatagram(bytes, from, this.#now());
  }

  #ping(peer: Peer, pair: Pair, { purpose, ttl }: { readonly purpose: Purpose; readonly ttl?: number | undefined }) {
    const now = this.#now();
    if (!this.#mayPing(pair.endpoint, purpose, now)) return false;
    // Also when the peer's epoch is not known and nothing can be sealed: a ping that cannot be sent is one without a pong.
    pair.onPing(now);
    return this.#sendPing(peer, { socket: pair.socket, to: pair.endpoint, ttl }, now);
  }

  #probe(peer: Peer, shot: Shot, purpose: Purpose): boolean {
    const now = this.#now();
    return this.#mayPing(shot.to, purpose, now) && this.#sendPing(peer, shot, now);
  }

  #mayPing({ address }: Endpoint, purpose: Purpose, now: number): boolean {
    switch (purpose) {
      case "keep":
        return true;
      case "seek":
        return this.#targets.take(address, now) && this.#seeks.take(now);
      case "spray":
        return this.#sprayed.take(now);
      default:
        return purpose satisfies never;
    }
  }

  #sendPing(peer: Peer, { socket, to, ttl, size }: Shot & { readonly size?: SizedPing }, now: number): boolean {
    const txId = this.#randomBytes(TX_ID_BYTES);
    const datagram = this.#keys.seal(peer.id, encodePing({ txId }, size?.blocks));
    if (datagram === undefined) return false;
    peer.inFlight.add(txId, { socket, endpoint: to, sentAt: now, size });
    const isWhole = size?.mayFragment === false;
    this.#effects.sendDatagram(socket, to, datagram, {
      ...(ttl === undefined ? {} : { ttl }),
      ...(isWhole ? { dontFragment: true } : {}),
    });
    return true;
  }

  #pong(
    peer: Peer,
    { socket, to, txId }: { readonly socket: SocketId; readonly to: Endpoint; readonly txId: Uint8Array },
  ): void {
    if (!this.#pongs.take(to.address, this.#now())) return;
    const datagram = this.#keys.seal(peer.id, encodePong({ txId, observed: to }));
    if (datagram !== undefined) this.#effects.sendDatagram(socket, to, datagram);
  }

  #host(): PeerHost {
    return {
      clock: this.#clock,
      prewarm: this.#prewarm,
      sprays: this.#sprays,
      now: () => this.#now(),
      surroundings: () => this.#surroundings,
      random: () => this.#random(),
      ping: (peer, pair, purpose, ttl) => this.#ping(peer, pair, { purpose, ttl }),
      pingSized: (peer, { socket, endpoint: to }, size) => void this.#sendPing(peer, { socket, to, size }, this.#now()),
      probe: (peer, shot, purpose) => this.#probe(peer, shot, purpose),
      familyOf: (socket) => this.#familyOf(socket),
      openSocket: (owner) => this.#extra.open(owner),
      ownsSockets: (owner) => this.#extra.ownsAny(owner),
      closeUnusedSockets: (owner, isUsed) => this.#extra.closeUnused(owner, isUsed),
      observe: (peer, socket, done) => this.#observe(peer, socket, done),
      tell: (peerId, attemptId, topic, entries) => {
        const note = this.#keys.seal(peerId, encodeNote({ attempt: idToBytes(attemptId), topic, entries }));
        if (note === undefined) return;
        // No relay carries anything of such a pair, and its tickets do not name the peer.
        if (this.#peers.get(peerId)?.info.transport === "direct-only") this.#effects.sendBySession(peerId, note);
        else this.#effects.sendRelayed(peerId, note);
      },
      tellMoving: (peerId, endpoint) => {
        const note = encodeNote({ attempt: NO_ATTEMPT, topic: "moving", entries: [{ endpoint, port: 0 }] });
        const sealed = this.#keys.seal(peerId, note);
        if (sealed !== undefined) this.#effects.sendRelayed(peerId, sealed);
      },
      requestPunch: (peerId, trigger, failures) => this.#requestPunch(peerId, trigger, failures),
      proven: (peerId, until) => this.#effects.pathProven(peerId, until),
      trace: (trace) => this.#effects.trace(trace),
    };
  }

  #observe(peer: Peer, socket: SocketId, done: Asked): void {
    this.#stun.ask(socket, this.#now(), (mapped, now) => {
      done(mapped, now);
      // What the answer sets off may be due at once.
      if (this.#peers.get(peer.id) === peer) this.#deadlines.set(peer, now);
    });
  }

  #familyOf(socket: SocketId): 4 | 6 | undefined {
    if (this.#extra.has(socket)) return 4;
    return this.#local.sockets.find(({ id }) => id === socket)?.family;
  }

  #requestPunch(peerId: DeviceId, trigger: Trigger, failures: number): boolean {
    if (!this.#requests.take(this.#now())) return false;
    this.#effects.requestPunch(peerId, trigger, failures);
    return true;
  }

  #random(): number {
    const [high = 0, low = 0] = this.#randomBytes(2);
    return (high * 256 + low) / 65_536;
  }
}

function vicinityOf({ connectedPrefixes, overlayPrefixes = [], candidates, natProfile }: LocalInfo): Vicinity {
  return {
    connected: parsePrefixes(connectedPrefixes),
    denied: parsePrefixes(overlayPrefixes),
    publicAddresses: publicAddresses(candidates, natProfile),
    nat64Prefix: natProfile?.nat64Prefix === undefined ? undefined : parsePrefixes([natProfile.nat64Prefix])[0],
  };
}

function isSameNetwork(a: LocalInfo, b: LocalInfo): boolean {
  return isSameReachability(a, b) && placesOf(a) === placesOf(b);
}

function placesOf({ sockets, connectedPrefixes }: LocalInfo): string {
  return JSON.stringify([sockets.map(({ id, family }) => `${id} ${family}`).toSorted(), connectedPrefixes.toSorted()]);
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
