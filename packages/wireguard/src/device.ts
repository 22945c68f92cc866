/**
 * WireGuard for many peers over whatever carries datagrams: packets and datagrams in, packets
 * and datagrams out through {@link DeviceEvents}.
 *
 * Sans-I/O: the clocks and the randomness are injected, and the caller sends {@link tick} at
 * {@link nextDeadline}. Where a peer is reached is never this module's business: it reports
 * where authentic datagrams came from, and no receipt moves anything.
 *
 * What an unauthenticated datagram may cost, in this order: its length and type, mac1, under
 * load a cookie and a rate limit, and only then X25519. It never makes state, and the only
 * answer it can get is a cookie reply, smaller than itself.
 */
import { err, ok, type Result } from "@pinhole/protocol/net";
import { type Aead, nodeAead } from "./aead.ts";
import { INDEX_OFFSET, KEY_BYTES } from "./constants.ts";
import { CookieChecker } from "./cookie-checker.ts";
import { decodeCookieReply } from "./cookie-reply.ts";
import { newFractions } from "./fractions.ts";
import { decodeHandshakeInitiation } from "./handshake-initiation.ts";
import { decodeHandshakeResponse, RESPONSE_RECEIVER_OFFSET } from "./handshake-response.ts";
import { IndexTable } from "./index-table.ts";
import { type PartOf, subarrayOf } from "./inner-packet.ts";
import { type Limits, PROTOCOL_LIMITS } from "./limits.ts";
import { readU32 } from "./little-endian.ts";
import { messageKind } from "./message.ts";
import { type Identity, readInitiation } from "./noise.ts";
import type { DeviceEvents, InputResult, PeerHandle, SendResult } from "./peer-handle.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { TAI64N_BYTES } from "./tai64n.ts";
import { datagramBytes } from "./transport-data.ts";
import { Tunnel, type TunnelContext } from "./tunnel.ts";
import { LoadMeter } from "./under-load.ts";
import { agree, derivePublicKey, importPrivateKey, importPublicKey } from "./x25519.ts";

export type DeviceOptions<Source> = {
  readonly privateKey: Uint8Array;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970; may step. */
  readonly wallClock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** What a cookie is bound to, and what a rate limit counts by; asked only under load. */
  readonly addressOf: (source: Source) => SourceAddress;
  /** True for receiver indices that another protocol on the same socket answers to. */
  readonly isIndexTaken?: (index: number) => boolean;
  /** Whether to demand cookies at this moment. @default more handshakes than 500 a second, by 128 */
  readonly isUnderLoad?: () => boolean;
  readonly limits?: Partial<Limits>;
  readonly aead?: Aead;
  /** For callers whose datagrams lie at the same places again and again, and who need no new view for each packet. @default subarray */
  readonly partOf?: PartOf;
  readonly events: DeviceEvents<Source>;
};

export type SourceAddress = { readonly host: string; readonly port: number };

export type PeerOptions = {
  readonly publicKey: Uint8Array;
  readonly presharedKey?: Uint8Array;
  readonly persistentKeepaliveMs?: number;
  /** What `timestampSent` and `timestampTaken` last reported, in this process or an earlier one. */
  readonly lastTimestampSent?: Uint8Array;
  readonly lastTimestampTaken?: Uint8Array;
  readonly tag?: unknown;
};

/** `weak-key`: a point of low order, with which every secret would be zero. */
export type AddPeerError = "own-key" | "duplicate-key" | "weak-key";

export class WireGuardDevice<Source = unknown> {
  readonly publicKey: Uint8Array;
  readonly #identity: Identity;
  readonly #context: TunnelContext<Source>;
  readonly #cookies: CookieChecker;
  readonly #rateLimiter = new RateLimiter();
  readonly #isUnderLoad: (now: number) => boolean;
  readonly #addressOf: (source: Source) => SourceAddress;
  readonly #indices: IndexTable<Tunnel<Source>>;
  readonly #tunnels = new Map<PeerHandle, Tunnel<Source>>();
  readonly #byPublicKey = new Map<string, Tunnel<Source>>();
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(options: DeviceOptions<Source>) {
    const { now, wallClock, randomBytes, events, isUnderLoad } = options;
    const privateKey = importPrivateKey(options.privateKey);
    this.publicKey = derivePublicKey(privateKey);
    this.#identity = { privateKey, publicKey: this.publicKey };
    this.#cookies = new CookieChecker(this.publicKey, randomBytes);
    this.#addressOf = options.addressOf;
    this.#indices = new IndexTable(randomBytes, options.isIndexTaken ?? (() => false));
    const meter = new LoadMeter();
    this.#isUnderLoad = isUnderLoad ?? ((at) => meter.arrive(at));
    this.#context = {
      identity: this.#identity,
      limits: { ...PROTOCOL_LIMITS, ...options.limits },
      aead: options.aead ?? nodeAead,
      indices: this.#indices,
      events,
      now,
      wallClock,
      randomBytes,
      fraction: newFractions(randomBytes),
      partOf: options.partOf ?? subarrayOf,
      wakeAt: (deadline) => {
        this.#wakeAt = Math.min(this.#wakeAt, deadline);
      },
    };
  }

  addPeer(options: PeerOptions): Result<PeerHandle, AddPeerError> {
    const publicKey = exactly(KEY_BYTES, options.publicKey);
    const importedKey = importPublicKey(publicKey);
    if (Buffer.compare(publicKey, this.publicKey) === 0) return err("own-key");
    if (this.#byPublicKey.has(nameOf(publicKey))) return err("duplicate-key");
    const staticSecret = agree(this.#identity.privateKey, importedKey);
    if (staticSecret === undefined) return err("weak-key");

    const presharedKey = exactly(KEY_BYTES, options.presharedKey ?? new Uint8Array(KEY_BYTES));
    const tunnel = new Tunnel(this.#context, {
      remote: { publicKey, importedKey, staticSecret, presharedKey },
      persistentKeepaliveMs: options.persistentKeepaliveMs ?? 0,
      lastTimestampSent: options.lastTimestampSent && exactly(TAI64N_BYTES, options.lastTimestampSent),
      lastTimestampTaken: options.lastTimestampTaken && exactly(TAI64N_BYTES, options.lastTimestampTaken),
      tag: options.tag,
    });
    this.#tunnels.set(tunnel, tunnel);
    this.#byPublicKey.set(nameOf(publicKey), tunnel);
    return ok(tunnel);
  }

  /** Forgets a peer and wipes its keys; nothing of it is accepted from here on. */
  removePeer(peer: PeerHandle): void {
    const tunnel = this.#tunnels.get(peer);
    if (tunnel === undefined) return;
    this.#tunnels.delete(peer);
    this.#byPublicKey.delete(nameOf(peer.publicKey));
    tunnel.close();
  }

  peers(): Iterable<PeerHandle> {
    return this.#tunnels.keys();
  }

  peerOf(publicKey: Uint8Array): PeerHandle | undefined {
    return this.#byPublicKey.get(nameOf(publicKey));
  }

  /** For whoever shares the socket: datagrams to this index are ours. */
  hasIndex(index: number): boolean {
    return this.#indices.has(index);
  }

  /** Encrypts a packet, or keeps a copy while a handshake makes the session for it. */
  send(peer: PeerHandle, packet: Uint8Array): SendResult {
    return this.#tunnels.get(peer)?.send(packet) ?? "dropped-unknown-peer";
  }

  /**
   * As {@link send}, for a packet of `length` bytes that lies already in the datagram that is to carry it, which begins
   * at `at`, has {@link datagramBytes} and is for the caller to send. False when nothing was done: there is no session,
   * or no such peer. Four arguments, because nothing is allocated for a packet.
   */
  seal(peer: PeerHandle, bytes: Uint8Array, at: number, length: number): boolean {
    if (at < 0 || at + datagramBytes(length) > bytes.length)
      throw new RangeError(`no room for ${length} bytes at ${at}`);
    return peer instanceof Tunnel && !peer.isClosed && peer.seal(bytes, at, length);
  }

  /** Sends an initiation at once, or a second after the last: for a warm start, and when the path has changed. */
  initiate(peer: PeerHandle): void {
    this.#tunnels.get(peer)?.initiate();
  }

  /** Takes one datagram, whose buffer the caller may reuse afterwards: what was sealed may be opened in its place. */
  input(datagram: Uint8Array, source: Source): InputResult {
    const kind = messageKind(datagram);
    switch (kind) {
      case "transport-data": {
        const entry = this.#indices.get(readU32(datagram, INDEX_OFFSET));
        if (entry?.keypair === undefined) return "dropped-unknown-index";
        return entry.owner.takeData(entry.keypair, datagram, source);
      }
      case "handshake-initiation":
        return this.#refusal(datagram, source) ?? this.#inputInitiation(datagram, source);
      case "handshake-response":
        return this.#refusal(datagram, source) ?? this.#inputResponse(datagram, source);
      case "cookie-reply":
        return this.#inputCookie(datagram);
      case "wrong-type":
        return "dropped-type";
      case "wrong-length":
        return "dropped-length";
      default:
        return kind satisfies never;
    }
  }

  /** Does whatever is due. */
  tick(): void {
    const now = this.#context.now();
    if (now < this.#wakeAt) return;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const tunnel of this.#tunnels.keys()) this.#tickOne(tunnel, now);
  }

  /** When {@link tick} must be called: never late, sometimes early, Infinity while nothing is to be done. */
  nextDeadline(): number {
    return this.#wakeAt;
  }

  #tickOne(peer: PeerHandle, now: number): void {
    const tunnel = this.#tunnels.get(peer);
    if (tunnel === undefined) return;
    if (tunnel.deadline <= now) tunnel.tick(now);
    this.#wakeAt = Math.min(this.#wakeAt, tunnel.deadline);
  }

  /** What a handshake message must pass before any Diffie-Hellman is computed for it. */
  #refusal(message: Uint8Array, source: Source): InputResult | undefined {
    if (!this.#cookies.hasValidMac1(message)) return "dropped-mac1";
    const now = this.#context.now();
    if (!this.#isUnderLoad(now)) return undefined;
    const { host, port } = this.#addressOf(source);
    const address = Buffer.from(`${host} ${port}`);
    if (!this.#cookies.hasValidMac2(message, address, now)) {
      this.#context.events.reply(source, this.#cookies.newReply(message, address, now));
      return "cookie-sent";
    }
    return this.#rateLimiter.allows(host, now) ? undefined : "dropped-rate-limited";
  }

  #inputInitiation(datagram: Uint8Array, source: Source): InputResult {
    const message = decodeHandshakeInitiation(datagram);
    const read = readInitiation(this.#identity, message, (key) => this.#byPublicKey.get(nameOf(key)));
    switch (read.kind) {
      case "read":
        return read.remote.takeInitiation(read.timestamp, read.state, source);
      case "unknown-peer":
        return "dropped-unknown-peer";
      case "undecryptable":
        return "dropped-forged";
      default:
        return read satisfies never;
    }
  }

  #inputResponse(datagram: Uint8Array, source: Source): InputResult {
    const entry = this.#indices.get(readU32(datagram, RESPONSE_RECEIVER_OFFSET));
    if (entry === undefined) return "dropped-unknown-index";
    return entry.owner.takeResponse(decodeHandshakeResponse(datagram), source);
  }

  #inputCookie(datagram: Uint8Array): InputResult {
    const reply = decodeCookieReply(datagram);
    const entry = this.#indices.get(reply.receiver);
    if (entry === undefined) return "dropped-unknown-index";
    return entry.owner.takeCookie(reply) ? "cookie" : "dropped-forged";
  }
}

/** Map keys compare by content. */
function nameOf(publicKey: Uint8Array): string {
  return Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString("latin1");
}

/** A copy, so that the caller may wipe or reuse its own. */
function exactly(length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`expected ${length} bytes, not ${bytes.length}`);
  return Uint8Array.from(bytes);
}
