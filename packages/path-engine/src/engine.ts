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
import { type DeviceId, type Endpoint, fromBase64Url } from "@pinhole/protocol";
import type { PunchPlan, Trigger } from "@pinhole/protocol/control";
import { encodePing, encodePong, TX_ID_BYTES } from "@pinhole/protocol/probe";
import type {
  LocalInfo,
  PathEffects,
  PathEngineOptions,
  PathSnapshot,
  PeerInfo,
  RefusalCode,
  SocketId,
} from "./contract.ts";
import { isSendable, NOWHERE, parsePrefixes, publicAddresses, type Vicinity } from "./may-probe.ts";
import type { Pair } from "./pair.ts";
import { Peer } from "./peer.ts";
import type { PeerHost, Surroundings } from "./peer-host.ts";
import { isSameReachability } from "./peer-news.ts";
import { KeyRing } from "./probe/key-ring.ts";
import { ServerClock } from "./server-clock.ts";
import { KeyedBuckets, type Rate, TokenBucket } from "./token-bucket.ts";

/** Pings to endpoints that have not proven themselves, of all peers together: new NAT bindings of the whole household. */
const SEEK_RATE: Rate = { perSecond: 200, burst: 200 };

/** The same for one target address, whoever named it: what a team of liars can make one device send to a victim. */
const TARGET_RATE: Rate = { perSecond: 50, burst: 120 };

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
  readonly #requests: TokenBucket;
  #local = EMPTY_LOCAL;
  #surroundings = EMPTY_SURROUNDINGS;

  constructor({ now, randomBytes, nodePrivateKey, nodePublicKey, probe, effects, prewarm = false }: PathEngineOptions) {
    this.#now = now;
    this.#randomBytes = randomBytes;
    this.#effects = effects;
    this.#prewarm = prewarm;
    this.#keys = new KeyRing({ nodePrivateKey, nodePublicKey, ...probe });
    this.#seeks = new TokenBucket(SEEK_RATE, now());
    this.#requests = new TokenBucket(REQUEST_RATE, now());
  }

  /** Our sockets, addresses and NAT as measured. A difference that matters starts attempts anew. */
  setLocal(local: LocalInfo): void {
    const before = this.#local;
    const isNews = !isSameNetwork(before, local);
    this.#local = local;
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

  onPunchRefused(peerId: DeviceId, code: RefusalCode): void {
    this.#with(peerId, (peer, now) => peer.onRefused(code, now));
  }

  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array): "probe" | "not-ours" {
    const opened = this.#keys.open(bytes);
    const peer = opened && this.#peers.get(opened.peerId);
    if (opened === undefined || peer === undefined) return "not-ours";
    // Genuine, yet from where nothing is ever sent: our own overlay, or a forged loopback source.
    if (!isSendable(from, this.#surroundings.vicinity)) return "probe";
    const now = this.#now();
    const { message } = opened;
    switch (message.kind) {
      case "ping":
        this.#pong(peer, { socket, to: from, txId: message.txId });
        peer.onPing(socket, from, now);
        break;
      case "pong":
        peer.onPong({ txId: message.txId, socket, from, observed: message.observed }, now);
        break;
      case "note":
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

  tick(): void {
    const now = this.#now();
    for (const [peer, at] of this.#deadlines) if (at <= now) this.#settle(peer, now);
  }

  /** When {@link tick} is due, on the injected clock; Infinity when nothing is. Changes with every call of any method. */
  nextDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
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
  }

  #ping(peer: Peer, pair: Pair, purpose: "seek" | "keep"): boolean {
    const now = this.#now();
    const isAllowed = purpose === "keep" || (this.#targets.take(pair.endpoint.address, now) && this.#seeks.take(now));
    if (!isAllowed) return false;
    // Also when the peer's epoch is not known and nothing can be sealed: a ping that cannot be sent is one without a pong.
    pair.onPing(now);
    const txId = this.#randomBytes(TX_ID_BYTES);
    const datagram = this.#keys.seal(peer.id, encodePing({ txId }));
    if (datagram === undefined) return false;
    peer.inFlight.add(txId, { pair, sentAt: now });
    this.#effects.sendProbe(pair.socket, pair.endpoint, datagram);
    return true;
  }

  #pong(
    peer: Peer,
    { socket, to, txId }: { readonly socket: SocketId; readonly to: Endpoint; readonly txId: Uint8Array },
  ): void {
    if (!this.#pongs.take(to.address, this.#now())) return;
    const datagram = this.#keys.seal(peer.id, encodePong({ txId, observed: to }));
    if (datagram !== undefined) this.#effects.sendProbe(socket, to, datagram);
  }

  #host(): PeerHost {
    return {
      clock: this.#clock,
      prewarm: this.#prewarm,
      surroundings: () => this.#surroundings,
      random: () => this.#random(),
      ping: (peer, pair, purpose) => this.#ping(peer, pair, purpose),
      requestPunch: (peerId, trigger) => this.#requestPunch(peerId, trigger),
      trace: (trace) => this.#effects.trace(trace),
    };
  }

  #requestPunch(peerId: DeviceId, trigger: Trigger): boolean {
    if (!this.#requests.take(this.#now())) return false;
    this.#effects.requestPunch(peerId, trigger);
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
