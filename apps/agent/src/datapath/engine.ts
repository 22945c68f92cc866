/**
 * What happens to a packet between the host, WireGuard and the network.
 *
 *     host ──▶ whose address? ──▶ filter ──▶ seal ──▶ route: endpoint, relay, or both
 *     host ◀── filter ◀── open ◀── WireGuard's? ◀── socket or relay
 *           ◀── the next piece of what passed ◀──┘
 *
 * Nothing received moves a route: {@link setRoute} alone does. What has not authenticated gets
 * one answer, WireGuard's cookie reply, back to where it came from.
 *
 * No system call is made here; clocks, randomness and the packets' ways in and out are given.
 */
import type { DeviceId, Endpoint } from "@pinhole/protocol/net";
import {
  type Aead,
  datagramBytes,
  MAX_PACKET_BYTES,
  type PartOf,
  type PeerHandle,
  TRANSPORT_HEADER_BYTES,
  WireGuardDevice,
} from "@pinhole/wireguard";
import type {
  DatapathConfig,
  PathKind,
  PeerTimestamps,
  PingReply,
  Route,
  SendOptions,
  SocketId,
  Via,
} from "./contract.ts";
import type { CountDrop } from "./drop-reason.ts";
import { demultiplex } from "./demultiplex.ts";
import { PacketFilter } from "./filter/packet-filter.ts";
import { MIN_INNER_MTU } from "./inner-mtu.ts";
import type { PingRequest } from "./messages.ts";
import type { DirectVia, PacketIo } from "./packet-io.ts";
import { echoPayload, isEchoReply, isEchoRequest, newEchoReply, newEchoRequest } from "./packet/icmp-echo.ts";
import { InnerPacket } from "./packet/inner-packet.ts";
import { clampMss } from "./packet/mss.ts";
import { Segmenter } from "./packet/segmenter.ts";
import { mayNotBeCut, newTooBig } from "./packet/too-big.ts";
import { VirtioHeader } from "./packet/virtio-header.ts";
import { directKind, type Peer } from "./peer.ts";
import { PeerTable } from "./peer-table.ts";
import { Pings, SECRET_BYTES } from "./pings.ts";

/** STUN and probes are never longer: what is padded most finds out whether 1,500 bytes pass. */
const MAX_CONTROL_DATAGRAM_BYTES = 1_500;

/** As long as `ping` makes them, so that a path treats them alike. */
const ECHO_PAYLOAD_BYTES = 56;

/** A packet that is as a network would have carried it. */
const NOTHING_LEFT = new VirtioHeader();

/** Who sent a datagram, as far as the network tells. */
type Source = DirectVia | { readonly relayFrom: DeviceId };

export type EngineEvents = {
  /** STUN or a probe; the bytes are lent. */
  readonly datagram: (via: DirectVia, bytes: Uint8Array) => void;
  readonly relayOutput: (peerId: DeviceId, bytes: Uint8Array) => void;
  readonly traffic: (peerId: DeviceId) => void;
  readonly dataReceived: (peerId: DeviceId, via: Via) => void;
  readonly timestamps: (timestamps: PeerTimestamps) => void;
  readonly pong: (ping: number, reply: PingReply | "timeout") => void;
  readonly peerRefused: (words: string) => void;
  /** The longest packet that any peer takes. */
  readonly innerMtuChanged: (bytes: number) => void;
  /** A sealed packet, on its way out or taken for authentic on its way in. */
  readonly crossed: (kind: PathKind, bytes: number, isOutbound: boolean) => void;
  /** At the end of a turn, for each peer whose figures changed. */
  readonly counted: (slot: number, figures: PeerHandle) => void;
};

export type EngineOptions = {
  readonly privateKey: Uint8Array;
  readonly aead: Aead;
  readonly io: Pick<
    PacketIo,
    "send" | "widenSocket" | "outgoing" | "place" | "take" | "deliver" | "extend" | "hasInterface"
  >;
  readonly timestamps: readonly PeerTimestamps[];
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly countDrop: CountDrop;
  readonly events: EngineEvents;
  readonly partOf?: PartOf;
};

export class Engine {
  readonly #io: EngineOptions["io"];
  readonly #now: () => number;
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #countDrop: CountDrop;
  readonly #events: EngineEvents;
  readonly #device: WireGuardDevice<Source>;
  readonly #peers: PeerTable;
  readonly #filter: PacketFilter<Peer>;
  readonly #pings: Pings;
  readonly #inner = new InnerPacket();
  readonly #segments = new Segmenter();
  readonly #hasIndex: (index: number) => boolean;
  readonly #echoIdentifier: number;
  readonly #dirty: Peer[] = [];
  #innerMtu = MIN_INNER_MTU;
  /** The endpoint that was last received from, and of which kind it is: nearly always the next one, too. */
  #lastFrom: Endpoint | undefined;
  #lastKind: PathKind = "direct_ipv4";
  /** Where the datagram that is being opened came from. */
  #source: Source | undefined;
  /** Whose packet the filter let pass last, as it is configured now: nobody else's may be continued unread. */
  #passed: Peer | undefined;

  constructor(options: EngineOptions) {
    const { privateKey, aead, io, now, wallClock, randomBytes, countDrop, events } = options;
    this.#io = io;
    this.#now = now;
    this.#randomBytes = randomBytes;
    this.#countDrop = countDrop;
    this.#events = events;
    this.#device = new WireGuardDevice<Source>({
      privateKey,
      aead,
      now,
      wallClock,
      randomBytes,
      ...(options.partOf === undefined ? {} : { partOf: options.partOf }),
      addressOf: (source) =>
        "relayFrom" in source
          ? { host: source.relayFrom, port: 0 }
          : { host: source.endpoint.address, port: source.endpoint.port },
      events: {
        send: (handle, datagram, answerTo) => this.#sendSealed(handle, datagram, answerTo),
        reply: (source, datagram) => this.#answer(source, datagram),
        receive: (handle, packet) => this.#receive(handle, packet),
        authenticated: (handle, source) => this.#noteAuthentic(handle, source),
        handshakeComplete: (handle) => this.#markDirty(this.#peers.byHandle(handle)),
        timestampSent: (handle, stamp) => this.#noteTimestamp(handle, { sent: stamp }),
        timestampTaken: (handle, stamp) => this.#noteTimestamp(handle, { taken: stamp }),
      },
    });
    this.#peers = new PeerTable(this.#device, options.timestamps, events.peerRefused);
    this.#filter = new PacketFilter(now, this.#peers.filterState([]));
    this.#pings = new Pings(now, events.pong);
    this.#hasIndex = (index) => this.#device.hasIndex(index);
    const [high = 0, low = 0] = randomBytes(2);
    this.#echoIdentifier = (high << 8) | low;
  }

  configure(config: DatapathConfig, slots: readonly number[]): void {
    this.#peers.configure(config, slots);
    this.#filter.configure(this.#peers.filterState(config.filter));
    this.#passed = undefined;
    this.#noteInnerMtu();
    // A place in the counters may hold the figures of somebody who is gone.
    for (const peer of this.#peers) this.#markDirty(peer);
  }

  setRoute(peerId: DeviceId, route: Route): void {
    const peer = this.#peers.setRoute(peerId, route);
    if (route.direct !== undefined) this.#io.widenSocket(route.direct.socket);
    this.#noteInnerMtu();
    if (peer === undefined) return;
    if (route.relay) for (const datagram of peer.unproven.take()) this.#sendRelayed(peer, datagram);
    if (!peer.hasMissedRoute || (route.direct === undefined && !route.relay)) return;
    peer.hasMissedRoute = false;
    // The initiation that went nowhere would be repeated in five seconds only.
    if (!peer.handle.hasSession) this.#device.initiate(peer.handle);
  }

  setProven(peerId: DeviceId, until: number): void {
    this.#peers.byId(peerId)?.unproven.prove(until);
  }

  setPathMtu(peerId: DeviceId, bytes: number): void {
    this.#peers.setPathMtu(peerId, bytes);
    this.#noteInnerMtu();
  }

  /** A packet of the host, or several that are yet to be cut apart: one flow's, so they are judged once. */
  packet(bytes: Uint8Array, offload: VirtioHeader = NOTHING_LEFT): void {
    const inner = this.#inner;
    const malformed = inner.read(bytes) ?? this.#filter.outbound(inner);
    if (malformed !== undefined) return this.#countDrop(malformed, 1, true);
    const peer = this.#peers.ownerOf(bytes, inner.dstAt, inner.addressBytes);
    if (peer === undefined) return this.#countDrop("no-peer");
    clampMss(inner, peer.innerMtu, !offload.needsChecksum);
    const senseless = this.#segments.begin(inner, offload);
    if (senseless !== undefined) return this.#countDrop(senseless);
    if (this.#segments.lengthOf(0) > peer.innerMtu && mayNotBeCut(inner)) return this.#refuseTooBig(peer, inner);
    this.#seal(peer);
  }

  datagram(via: DirectVia, bytes: Uint8Array): void {
    const owner = demultiplex(bytes, this.#hasIndex);
    switch (owner) {
      case "wireguard":
        return this.#open(bytes, via);
      case "stun":
      case "probe":
        if (bytes.length > MAX_CONTROL_DATAGRAM_BYTES) return this.#countDrop("oversized-datagram");
        return this.#events.datagram(via, bytes);
      case "nobody":
        return this.#countDrop("unknown-datagram");
      default:
        return owner satisfies never;
    }
  }

  /** A packet that the relay says comes from `peerId`: WireGuard finds out whether it does. */
  relayInput(peerId: DeviceId, bytes: Uint8Array): void {
    if (this.#peers.byId(peerId) === undefined) return this.#countDrop("relay-unknown-peer");
    if (demultiplex(bytes, this.#hasIndex) !== "wireguard") return this.#countDrop("relay-not-wireguard");
    this.#open(bytes, { relayFrom: peerId });
  }

  sendDatagram(socket: SocketId, to: Endpoint, bytes: Uint8Array, options: SendOptions): void {
    this.#io.send(socket, to, bytes, options);
  }

  ping({ ping, peerId, seq, timeoutMs }: PingRequest): void {
    const peer = this.#peers.byId(peerId);
    const addresses = peer && this.#peers.addressesTowards(peer);
    if (peer === undefined || addresses === undefined) return this.#events.pong(ping, "timeout");
    const payload = new Uint8Array(ECHO_PAYLOAD_BYTES);
    const secret = this.#randomBytes(SECRET_BYTES);
    payload.set(secret);
    const request = newEchoRequest({ ...addresses, identifier: this.#echoIdentifier, sequence: seq & 0xffff, payload });
    this.#pings.add({ ping, peerId, secret, timeoutMs });
    // Through the filter as the host's own, or it would not let the reply in.
    this.packet(request);
  }

  /** Does what is due; yields the milliseconds until it must be called again. */
  turn(): number {
    this.#device.tick();
    this.#pings.tick();
    for (const peer of this.#dirty.splice(0)) {
      peer.isDirty = false;
      this.#events.counted(peer.slot, peer.handle);
    }
    return Math.min(this.#device.nextDeadline(), this.#pings.nextDeadline()) - this.#now();
  }

  #refuseTooBig(peer: Peer, packet: InnerPacket): void {
    this.#countDrop("packet-too-big");
    if (!this.#io.hasInterface || !peer.isTooBigDue(this.#now())) return;
    const error = newTooBig(packet, peer.innerMtu);
    if (packet.read(error) === undefined) this.#io.deliver(packet);
  }

  #noteInnerMtu(): void {
    const { innerMtu } = this.#peers;
    if (innerMtu === this.#innerMtu) return;
    this.#innerMtu = innerMtu;
    this.#events.innerMtuChanged(innerMtu);
  }

  /** All of the packets that were begun. */
  #seal(peer: Peer): void {
    if (peer.isTrafficDue(this.#now())) this.#events.traffic(peer.id);
    const { direct } = peer.route;
    for (let index = 0; index < this.#segments.count; index++) {
      if (direct === undefined || !this.#sealInPlace(peer, direct, index)) this.#sealCopy(peer, index);
    }
  }

  /** Where it is sent from, so that no byte is moved once more; false without a session. */
  #sealInPlace(peer: Peer, direct: DirectVia, index: number): boolean {
    const length = this.#segments.lengthOf(index);
    if (length > MAX_PACKET_BYTES) return false;
    const bytes = datagramBytes(length);
    const { outgoing } = this.#io;
    const at = this.#io.place(direct, bytes);
    this.#segments.write(index, outgoing, at + TRANSPORT_HEADER_BYTES);
    if (!this.#device.seal(peer.handle, outgoing, at, length)) return false;
    this.#io.take();
    this.#markDirty(peer);
    this.#events.crossed(peer.directKind, bytes, true);
    if (peer.route.relay) this.#sendRelayed(peer, outgoing.subarray(at, at + bytes));
    else if (!peer.unproven.isOverrun) peer.unproven.keep(outgoing.subarray(at, at + bytes), this.#now());
    return true;
  }

  #sealCopy(peer: Peer, index: number): void {
    const packet = new Uint8Array(this.#segments.lengthOf(index));
    this.#segments.write(index, packet, 0);
    if (this.#device.send(peer.handle, packet) === "dropped-length") this.#countDrop("wireguard-length");
  }

  #sendSealed(handle: PeerHandle, datagram: Uint8Array, answerTo: Source | undefined): void {
    const peer = this.#peers.byHandle(handle);
    if (peer === undefined) return;
    this.#markDirty(peer);
    const { direct, relay } = peer.route;
    if (direct !== undefined) {
      this.#events.crossed(peer.directKind, datagram.length, true);
      this.#io.send(direct.socket, direct.endpoint, datagram);
    }
    if (relay) this.#sendRelayed(peer, datagram);
    else if (direct !== undefined) peer.unproven.keep(datagram, this.#now());
    if (direct !== undefined || relay) return;
    // No route yet. The relay delivers to this device alone, so an answer may go back that way;
    // an endpoint that nobody has verified gets none.
    if (answerTo !== undefined && "relayFrom" in answerTo && answerTo.relayFrom === peer.id) {
      return this.#sendRelayed(peer, datagram);
    }
    peer.hasMissedRoute = true;
    this.#countDrop("no-route");
  }

  #answer(source: Source, datagram: Uint8Array): void {
    if ("relayFrom" in source) this.#events.relayOutput(source.relayFrom, datagram);
    else this.#io.send(source.socket, source.endpoint, datagram);
  }

  #open(datagram: Uint8Array, source: Source): void {
    this.#source = source;
    const result = this.#device.input(datagram, source);
    this.#source = undefined;
    if (result !== "data" && result.startsWith("dropped-")) return this.#countDrop("wireguard-refused");
    if (result === "cookie-sent") return;
    this.#events.crossed(this.#kindOf(source), datagram.length, false);
  }

  #kindOf(source: Source): PathKind {
    if ("relayFrom" in source) return "relay";
    const { endpoint } = source;
    if (endpoint !== this.#lastFrom) {
      this.#lastFrom = endpoint;
      this.#lastKind = directKind(endpoint);
    }
    return this.#lastKind;
  }

  #sendRelayed(peer: Peer, datagram: Uint8Array): void {
    this.#events.crossed("relay", datagram.length, true);
    this.#events.relayOutput(peer.id, datagram);
  }

  #receive(handle: PeerHandle, packet: Uint8Array): void {
    const peer = this.#peers.byHandle(handle);
    if (peer === undefined || (peer === this.#passed && this.#io.extend(packet, peer))) return;
    const inner = this.#inner;
    const refusal = inner.read(packet) ?? this.#filter.inbound(peer, inner);
    if (refusal !== undefined) return this.#countDrop(refusal);
    clampMss(inner, peer.innerMtu, true);
    if (isEchoReply(inner) && this.#pings.take(peer.id, echoPayload(inner), pingVia(this.#source))) return;
    if (peer.isTrafficDue(this.#now())) this.#events.traffic(peer.id);
    if (this.#io.hasInterface) {
      this.#passed = peer;
      return this.#io.deliver(inner, peer);
    }
    // Without an interface there is no host to answer, and `ping` must work all the same.
    if (isEchoRequest(inner)) this.packet(newEchoReply(inner));
    else this.#countDrop("no-interface");
  }

  #noteAuthentic(handle: PeerHandle, source: Source): void {
    const peer = this.#peers.byHandle(handle);
    if (peer === undefined) return;
    this.#markDirty(peer);
    const via = "relayFrom" in source ? "relay" : source;
    if (peer.isDataDue(via, this.#now())) this.#events.dataReceived(peer.id, via);
  }

  #noteTimestamp(handle: PeerHandle, change: { readonly sent?: Uint8Array; readonly taken?: Uint8Array }): void {
    const peer = this.#peers.byHandle(handle);
    if (peer !== undefined) this.#events.timestamps(this.#peers.noteTimestamp(peer, change));
  }

  #markDirty(peer: Peer | undefined): void {
    if (peer === undefined || peer.isDirty) return;
    peer.isDirty = true;
    this.#dirty.push(peer);
  }
}

function pingVia(source: Source | undefined): PingReply["via"] {
  return source === undefined || "relayFrom" in source ? "relay" : source.endpoint;
}
