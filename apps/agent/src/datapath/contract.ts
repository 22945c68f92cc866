/**
 * What the main thread asks of the datapath and hears from it. The worker behind it owns the
 * packets; whoever holds a {@link Datapath} sees configuration, routes, counters and those
 * datagrams that are not WireGuard's.
 */
import type { DeviceId, Endpoint } from "@pinhole/protocol/net";
import type { FilterRule } from "@pinhole/protocol/policy";

/** Names one UDP socket of the datapath: those opened at the start count from 0. */
export type SocketId = number;

/** From here on, ids are the caller's to give, see {@link Datapath.openSocket}. */
export const FIRST_EXTRA_SOCKET: SocketId = 1_000;

export type DatapathSocket = { readonly id: SocketId; readonly family: 4 | 6; readonly port: number };

/**
 * Where sealed packets for one peer go. Both at once while a direct path is suspect: the replay window drops the copy. What was
 * sent by it before and is not proven to have arrived follows by the relay as soon as that is part of the route.
 */
export type Route = {
  readonly direct?: { readonly socket: SocketId; readonly endpoint: Endpoint };
  readonly relay: boolean;
};

/** Which way an authenticated packet came in. */
export type Via = { readonly socket: SocketId; readonly endpoint: Endpoint } | "relay";

export type DatapathPeer = {
  readonly id: DeviceId;
  /** Base64url. A peer whose key changes starts over: sessions and counters. */
  readonly nodeKey: string;
  /** Overlay addresses: what is routed to this peer, and the only inner sources taken from it. */
  readonly addresses: readonly string[];
};

/** The whole state, each time: the worker finds out what changed. */
export type DatapathConfig = {
  readonly peers: readonly DatapathPeer[];
  readonly filter: readonly FilterRule[];
  readonly selfAddresses: readonly string[];
  /** The overlay's prefixes, routed into the interface. */
  readonly ranges: readonly string[];
};

/**
 * The TAI64N stamps of one peer, base64url: the last one sent to it and the last one taken from it.
 * Kept on disk, or a restart with a clock that stepped back would let old initiations in and have ours refused.
 */
export type PeerTimestamps = { readonly nodeKey: string; readonly sent: string | null; readonly taken: string | null };

export type PeerStats = {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
  /** Milliseconds since the epoch. */
  readonly lastHandshakeAt: number | null;
};

/** Ways that sealed packets go, told apart for counting. */
export const PATH_KINDS = ["direct_ipv4", "direct_ipv6", "relay"] as const;
export type PathKind = (typeof PATH_KINDS)[number];

/** Sealed packets, of all peers together: what crossed the network. */
export type PathTraffic = Pick<PeerStats, "rxBytes" | "txBytes" | "rxPackets" | "txPackets">;

export type DatapathStats = {
  readonly peers: ReadonlyMap<DeviceId, PeerStats>;
  readonly paths: Readonly<Record<PathKind, PathTraffic>>;
  /** By reason, reasons that never happened left out. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Those of {@link dropped} that were on their way to a peer. */
  readonly droppedOutbound: Readonly<Record<string, number>>;
};

export type PingReply = { readonly rttMs: number; readonly via: "relay" | Endpoint };

/** Things that go wrong while the datapath runs; it goes on with what is left. */
export type DatapathErrorCode =
  /** The interface vanished or went down for good: nothing of the host's traffic passes. */
  | "interface-gone"
  /** The interface could not be given its addresses or routes. */
  | "interface-failed"
  /** The overlay's range is in use on this machine: the interface stays unconfigured. */
  | "overlay-clash"
  /** Overlay addresses arriving on other interfaces are not dropped on this machine. */
  | "guard-missing"
  | "socket-failed"
  /** A peer's key or addresses cannot be used; the others are not affected. */
  | "peer-refused"
  /** A bug that one packet met: it is dropped, and the rest goes on. */
  | "internal-error"
  /** The worker ended: nothing passes any more, open another datapath. */
  | "worker-failed";

export type DatapathEvents = {
  /** STUN and probes: everything on our sockets that WireGuard does not claim. The bytes are the caller's to keep. */
  onDatagram(socket: SocketId, from: Endpoint, bytes: Uint8Array): void;
  /** A sealed packet to carry over the relay. */
  onRelayOutput(peerId: DeviceId, bytes: Uint8Array): void;
  /** Inner packets flow, either way: at the first, then at most once a second. */
  onTraffic(peerId: DeviceId): void;
  /** Authenticated WireGuard packets came in this way: at most once in 100 ms for each peer and way. */
  onDataReceived(peerId: DeviceId, via: Via): void;
  onTimestamps(timestamps: PeerTimestamps): void;
  /** The answer to `openSocket`: where it is bound, or null when there is none, at once or because it failed later. */
  onSocket(socket: SocketId, port: number | null): void;
  onError(code: DatapathErrorCode, words: string): void;
};

export type DatapathOptions = {
  /** X25519. */
  readonly nodePrivateKey: Uint8Array;
  /** 0 draws a free one at random; `sockets` tells which, for the caller to keep. */
  readonly port: number;
  /** Null: userspace mode, where nothing of the host's traffic passes but `pinhole ping` works. */
  readonly tun: { readonly name: string } | null;
  /** Goes the portable way where the fast one is to be had: for comparing them. @default false */
  readonly isPortable?: boolean;
  /** Of earlier runs. */
  readonly timestamps: readonly PeerTimestamps[];
  readonly events: DatapathEvents;
};

export type DatapathRefusalCode =
  | "port-taken"
  | "no-permission"
  | "no-tun"
  | "interface-name-taken"
  | "unsupported"
  | "failed";

export type SendOptions = {
  /** 1 to 255: it dies after that many routers. */
  readonly ttl?: number;
  /** It is not cut on the way, and is lost where it is too long. The portable way cannot promise that, and does not send it. */
  readonly dontFragment?: boolean;
};

/** `words` is for people and says what to do next. */
export type DatapathRefusal = { readonly code: DatapathRefusalCode; readonly words: string };

export interface Datapath {
  readonly sockets: readonly DatapathSocket[];
  /** The interface's name; null in userspace mode. */
  readonly tunName: string | null;
  /** How packets travel: the fast way or the portable one, and why. One line for the log. */
  readonly description: string;
  configure(config: DatapathConfig): void;
  /** Kept until changed or the peer is removed. Without any, its packets wait for one as long as WireGuard lets them. */
  setRoute(peerId: DeviceId, route: Route): void;
  /** What went to the peer by its direct path until then, on the caller's monotonic clock, has arrived: it need not be kept. */
  setProven(peerId: DeviceId, until: number): void;
  /**
   * The longest IP packet, its header included, that the peer's route carries outside. Like a route it is kept until
   * changed or the peer is removed; 0 when it is not known, as at the beginning.
   */
  setPathMtu(peerId: DeviceId, bytes: number): void;
  /**
   * Opens another socket on a free port, to do all that the first ones do. What is sent through
   * it right afterwards leaves; the port is told by {@link DatapathEvents.onSocket}. An id that is
   * in use changes to the socket opened last.
   */
  openSocket(id: SocketId, family: 4 | 6): void;
  /** Nothing comes from it any more, and what a route still sends through it is dropped. */
  closeSocket(id: SocketId): void;
  /** `options` are this datagram's alone; all others have the system's. */
  sendDatagram(socket: SocketId, to: Endpoint, bytes: Uint8Array, options?: SendOptions): void;
  /** A sealed packet that came over the relay from this peer. */
  relayInput(peerId: DeviceId, bytes: Uint8Array): void;
  /** ICMP echo inside the tunnel, made and matched by the worker; the host's own pings are not disturbed. */
  ping(peerId: DeviceId, seq: number, timeoutMs: number): Promise<PingReply | "timeout">;
  stats(): DatapathStats;
  close(): Promise<void>;
}
