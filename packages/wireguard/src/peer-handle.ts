/** What a caller sees of a peer: live figures, no methods. Handles are compared by identity. */
export type PeerHandle = {
  readonly publicKey: Uint8Array;
  /** The caller's own, from `addPeer`. */
  readonly tag: unknown;
  /** Packets can be sealed at this moment, without a handshake first. */
  readonly hasSession: boolean;
  /** Wall clock in milliseconds; undefined before the first handshake of this process. */
  readonly lastHandshakeAt: number | undefined;
  /** Authentic datagrams with all their WireGuard headers, handshakes included, as `wg show` counts transfer. */
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
};

/** What became of a packet given to `send`. */
export type SendResult = "sent" | "queued" | "dropped-length" | "dropped-unknown-peer";

/** What became of a datagram given to `input`. Everything that starts with `dropped-` had no effect and no answer. */
export type InputResult =
  | "data"
  | "keepalive"
  /** A handshake message of a peer, taken. */
  | "handshake"
  /** A cookie of a peer, kept for the next handshake message. */
  | "cookie"
  /** We are under load and asked the sender to come back with a cookie. */
  | "cookie-sent"
  | "dropped-type"
  | "dropped-length"
  | "dropped-mac1"
  | "dropped-rate-limited"
  /** Nobody here has that index. */
  | "dropped-unknown-index"
  | "dropped-unknown-peer"
  /** Does not decrypt with the keys that it should. */
  | "dropped-forged"
  | "dropped-replay"
  /** A peer's initiations come too fast. */
  | "dropped-flood"
  /** The session is past its time or its number of messages. */
  | "dropped-expired"
  /** Authentic, but no IP packet inside, or one cut short. */
  | "dropped-inner";

/** Effects of a device: synchronous, in order, and free to call back into the device. */
export type DeviceEvents<Source> = {
  /**
   * An encrypted datagram for a peer; the caller knows which path carries it. `answerTo` is set on a
   * handshake response: where the initiation came from, for callers that have no path yet.
   */
  send(peer: PeerHandle, datagram: Uint8Array, answerTo: Source | undefined): void;
  /** An answer to somebody who has not authenticated, back to where the question came from. */
  reply(source: Source, datagram: Uint8Array): void;
  /** A decrypted packet without padding. Its addresses are the peer's claim: check them against what the peer may use. */
  receive(peer: PeerHandle, packet: Uint8Array): void;
  /** An authentic datagram of `peer` came from `source`; nothing here moves on that account. */
  authenticated?(peer: PeerHandle, source: Source): void;
  handshakeComplete?(peer: PeerHandle): void;
  /** No answer for 90 s; what was queued is dropped, and the next packet tries again. */
  handshakeFailed?(peer: PeerHandle): void;
  /** Called before the initiation leaves: stamps must outlive a restart, or the peer will not listen to us. */
  timestampSent?(peer: PeerHandle, timestamp: Uint8Array): void;
  /** The latest stamp taken from a peer: lost in a restart, old initiations could be replayed. */
  timestampTaken?(peer: PeerHandle, timestamp: Uint8Array): void;
};
