/**
 * One peer: handshakes in both roles, sessions and timers joined.
 *
 *     no session ──packet or initiate()──▶ handshaking ──response──▶ session ──120 s──▶ handshaking anew,
 *         ▲                                     │                       │               session still in use
 *         └───────────────── 90 s ──────────────┘◀────── 180 s ─────────┘
 *
 * An initiation of the peer is answered in every state, and being answered does not stop our
 * own: each role has its own handshake state, so two peers that initiate at once both
 * complete. Time, randomness and I/O are the device's, through {@link TunnelContext}.
 */
import type { Aead } from "./aead.ts";
import {
  CROSSED_REKEY_DELAY_MS,
  INITIATION_SPACING_MS,
  KEY_BYTES,
  MAX_PACKET_BYTES,
  REQUESTED_INITIATION_SPACING_MS,
  TAG_BYTES,
} from "./constants.ts";
import { CookieGenerator } from "./cookie-generator.ts";
import type { CookieReply } from "./cookie-reply.ts";
import { encodeHandshakeInitiation, HANDSHAKE_INITIATION_BYTES } from "./handshake-initiation.ts";
import { encodeHandshakeResponse, HANDSHAKE_RESPONSE_BYTES, type HandshakeResponse } from "./handshake-response.ts";
import type { IndexTable } from "./index-table.ts";
import { type PartOf, withoutPadding } from "./inner-packet.ts";
import { Keypair } from "./keypair.ts";
import { Keyring } from "./keyring.ts";
import type { Limits } from "./limits.ts";
import {
  type Identity,
  type InitiatorState,
  newInitiation,
  newResponse,
  type RemoteIdentity,
  type ResponderState,
  readResponse,
  type SessionKeys,
} from "./noise.ts";
import { PacketQueue } from "./packet-queue.ts";
import type { DeviceEvents, InputResult, PeerHandle, SendResult } from "./peer-handle.ts";
import { isLater, nextTai64n } from "./tai64n.ts";
import { Timers } from "./timers.ts";
import { datagramBytes, MIN_TRANSPORT_DATA_BYTES, TRANSPORT_HEADER_BYTES } from "./transport-data.ts";

/** What all tunnels of a device share. */
export type TunnelContext<Source> = {
  readonly identity: Identity;
  readonly limits: Limits;
  readonly aead: Aead;
  readonly indices: IndexTable<Tunnel<Source>>;
  readonly events: DeviceEvents<Source>;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** 0 up to, not including, 1. */
  readonly fraction: () => number;
  readonly wakeAt: (deadline: number) => void;
  readonly partOf: PartOf;
};

type TunnelOptions = {
  readonly remote: RemoteIdentity;
  readonly persistentKeepaliveMs: number;
  readonly lastTimestampSent: Uint8Array | undefined;
  readonly lastTimestampTaken: Uint8Array | undefined;
  readonly tag: unknown;
};

const EMPTY = new Uint8Array(0);
const NEVER = Number.NEGATIVE_INFINITY;

export class Tunnel<Source> implements PeerHandle {
  readonly remote: RemoteIdentity;
  readonly tag: unknown;
  rxBytes = 0;
  txBytes = 0;
  rxPackets = 0;
  txPackets = 0;
  lastHandshakeAt: number | undefined;

  readonly #context: TunnelContext<Source>;
  readonly #cookies: CookieGenerator;
  readonly #keyring: Keyring;
  readonly #queue = new PacketQueue();
  readonly #timers: Timers;

  /** Our initiation that waits for its response. */
  #pending: { readonly index: number; readonly state: InitiatorState } | undefined;
  #isClosed = false;
  #initiationSentAt = NEVER;
  #responseSentAt = NEVER;
  #initiationTakenAt = NEVER;
  #lastTimestampSent: Uint8Array | undefined;
  #lastTimestampTaken: Uint8Array | undefined;
  #hasRekeyedInLastMinute = false;

  constructor(context: TunnelContext<Source>, options: TunnelOptions) {
    this.#context = context;
    this.remote = options.remote;
    this.tag = options.tag;
    this.#lastTimestampSent = options.lastTimestampSent;
    this.#lastTimestampTaken = options.lastTimestampTaken;
    this.#cookies = new CookieGenerator(options.remote.publicKey);
    this.#keyring = new Keyring((keypair) => {
      context.indices.release(keypair.localIndex);
      keypair.destroy();
    });
    this.#timers = new Timers({
      limits: context.limits,
      persistentKeepaliveMs: options.persistentKeepaliveMs,
      random: context.fraction,
      onSet: context.wakeAt,
    });
    this.#timers.peerAdded(context.now());
  }

  get publicKey(): Uint8Array {
    return this.remote.publicKey;
  }

  /** Removed from its device, for good. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasSession(): boolean {
    return this.#usableKeypair(this.#context.now()) !== undefined;
  }

  get deadline(): number {
    return this.#timers.next;
  }

  send(packet: Uint8Array): SendResult {
    if (packet.length === 0 || packet.length > MAX_PACKET_BYTES) return "dropped-length";
    const now = this.#context.now();
    if (this.#sealAndSend(packet, now)) return "sent";
    this.#queue.push(packet);
    this.#startHandshake(now);
    return "queued";
  }

  /** Seals the packet of `length` bytes for the caller to send, where it lies behind a header's room at `at`; false without a session. */
  seal(bytes: Uint8Array, at: number, length: number): boolean {
    const now = this.#context.now();
    const keypair = this.#usableKeypair(now);
    if (keypair === undefined) return false;
    this.#timers.authenticSent(now);
    this.#timers.dataSent(now);
    this.txPackets += 1;
    this.txBytes += keypair.seal(bytes, at, length) - at;
    if (keypair.isRekeyDue(now)) this.#startHandshake(now);
    return true;
  }

  /** Starts over now, even if an initiation went out within the retry time: it may have gone down a dead path. */
  initiate(): void {
    const now = this.#context.now();
    this.#timers.attemptStarted(now);
    const earliest = this.#initiationSentAt + REQUESTED_INITIATION_SPACING_MS;
    if (now >= earliest) this.#sendInitiation(now);
    else this.#timers.initiationDue(earliest);
  }

  /** Does whatever is due. */
  tick(now: number): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) {
      switch (due) {
        case "retransmit":
          this.#sendInitiation(now);
          break;
        case "no-answer":
          this.#startHandshake(now);
          break;
        case "keepalive":
        case "persistent":
          if (!this.#sealAndSend(EMPTY, now)) this.#startHandshake(now);
          break;
        case "give-up":
          this.#giveUp(now);
          break;
        case "zero-keys":
          this.#forgetSessions();
          break;
        default:
          due satisfies never;
      }
    }
  }

  /** Answers an initiation that {@link readInitiation} proved to be this peer's. */
  takeInitiation(timestamp: Uint8Array, state: ResponderState, source: Source): InputResult {
    const now = this.#context.now();
    if (this.#lastTimestampTaken !== undefined && !isLater(timestamp, this.#lastTimestampTaken))
      return "dropped-replay";
    if (now - this.#initiationTakenAt < INITIATION_SPACING_MS) return "dropped-flood";

    const sender = this.#context.indices.reserve(this);
    const response = newResponse(this.remote, state, { ephemeral: this.#newEphemeral(), sender });
    if (response === undefined) {
      this.#context.indices.release(sender);
      return "dropped-forged";
    }
    this.#initiationTakenAt = now;
    this.#lastTimestampTaken = timestamp;
    this.#countReceived(HANDSHAKE_INITIATION_BYTES);
    this.#keyring.addAsResponder(this.#newKeypair(response.keys, { sender, receiver: state.initiatorIndex }, now));
    this.#timers.authenticReceived(now);
    this.#responseSentAt = now;
    this.#context.events.timestampTaken?.(this, timestamp);
    this.#context.events.authenticated?.(this, source);
    this.#sendHandshake(encodeHandshakeResponse(response.message), now, source);
    return "handshake";
  }

  /** Completes our own handshake. */
  takeResponse(message: HandshakeResponse, source: Source): InputResult {
    const pending = this.#pending;
    if (pending?.index !== message.receiver) return "dropped-unknown-index";
    const keys = readResponse(this.#context.identity, this.remote, { state: pending.state, message });
    if (keys === undefined) return "dropped-forged";

    const now = this.#context.now();
    this.#pending = undefined;
    this.#countReceived(HANDSHAKE_RESPONSE_BYTES);
    const keypair = this.#newKeypair(keys, { sender: pending.index, receiver: message.sender, isInitiator: true }, now);
    this.#keyring.addAsInitiator(keypair);
    this.#timers.authenticReceived(now);
    this.#context.events.authenticated?.(this, source);
    // The responder may not use the session before it has seen a packet in it.
    if (this.#queue.isEmpty) this.#sealAndSend(EMPTY, now);
    this.#completeHandshake();
    return "handshake";
  }

  takeCookie(reply: CookieReply): boolean {
    return this.#cookies.take(reply, this.#context.now());
  }

  /** Opens transport data that was addressed to `keypair`. */
  takeData(keypair: Keypair, datagram: Uint8Array, source: Source): InputResult {
    const now = this.#context.now();
    const opened = keypair.open(datagram, now);
    if (typeof opened === "string") return opened;

    this.#countReceived(datagram.length);
    this.#timers.authenticReceived(now);
    this.#context.events.authenticated?.(this, source);
    if (this.#keyring.confirm(keypair)) this.#completeHandshake();
    this.#rekeyInLastMinute(now);

    if (datagram.length === MIN_TRANSPORT_DATA_BYTES) return "keepalive";
    this.#timers.dataReceived(now);
    const { partOf } = this.#context;
    const packet = withoutPadding(opened, TRANSPORT_HEADER_BYTES, datagram.length - TAG_BYTES, partOf);
    if (packet === undefined) return "dropped-inner";
    if (!this.#isClosed) this.#context.events.receive(this, packet);
    return "data";
  }

  /** Ends everything and wipes the keys. */
  close(): void {
    this.#isClosed = true;
    this.#timers.stopAll();
    this.#queue.clear();
    this.#forgetSessions();
  }

  /** False when there is no session to seal `packet` in. */
  #sealAndSend(packet: Uint8Array, now: number): boolean {
    const keypair = this.#usableKeypair(now);
    if (keypair === undefined) return false;
    this.#timers.authenticSent(now);
    if (packet.length > 0) this.#timers.dataSent(now);
    const datagram = Buffer.allocUnsafe(datagramBytes(packet.length));
    datagram.set(packet, TRANSPORT_HEADER_BYTES);
    keypair.seal(datagram, 0, packet.length);
    this.#emit(datagram, undefined);
    if (keypair.isRekeyDue(now)) this.#startHandshake(now);
    return true;
  }

  #usableKeypair(now: number): Keypair | undefined {
    const keypair = this.#keyring.current;
    return keypair?.canSend(now) ? keypair : undefined;
  }

  /** Begins an attempt unless one is under way; its first initiation respects the retry time, too. */
  #startHandshake(now: number): void {
    if (this.#isClosed || this.#timers.isHandshaking) return;
    this.#timers.attemptStarted(now);
    const earliest = Math.max(this.#initiationSentAt, this.#responseSentAt) + this.#context.limits.rekeyTimeoutMs;
    if (now >= earliest) this.#sendInitiation(now);
    else this.#timers.initiationDue(earliest);
  }

  #sendInitiation(now: number): void {
    if (this.#isClosed) return;
    const { identity, indices, events } = this.#context;
    this.#dropPending();
    const timestamp = nextTai64n(this.#context.wallClock(), this.#lastTimestampSent);
    const sender = indices.reserve(this);
    const initiation = newInitiation(identity, this.remote, { ephemeral: this.#newEphemeral(), sender, timestamp });
    this.#initiationSentAt = now;
    this.#timers.initiationSent(now);
    if (initiation === undefined) {
      indices.release(sender);
      return;
    }
    this.#lastTimestampSent = timestamp;
    this.#pending = { index: sender, state: initiation.state };
    events.timestampSent?.(this, timestamp);
    this.#sendHandshake(encodeHandshakeInitiation(initiation.message), now, undefined);
  }

  #sendHandshake(message: Uint8Array, now: number, answerTo: Source | undefined): void {
    if (this.#isClosed) return;
    this.#cookies.stamp(message, now);
    this.#timers.authenticSent(now);
    this.#emit(message, answerTo);
  }

  #newKeypair(
    keys: SessionKeys,
    session: { readonly sender: number; readonly receiver: number; readonly isInitiator?: boolean },
    now: number,
  ): Keypair {
    const { identity, limits, aead, indices } = this.#context;
    const isInitiator = session.isInitiator ?? false;
    const yields = isInitiator && this.#keyring.hasNext && Buffer.compare(identity.publicKey, this.publicKey) < 0;
    const keypair = new Keypair({
      keys,
      localIndex: session.sender,
      remoteIndex: session.receiver,
      isInitiator,
      createdAt: now,
      rekeyDelayMs: yields ? CROSSED_REKEY_DELAY_MS : 0,
      limits,
      aead,
    });
    indices.promote(this, keypair);
    this.#timers.sessionDerived(now);
    return keypair;
  }

  #completeHandshake(): void {
    if (this.#isClosed) return;
    this.#dropPending();
    this.#timers.handshakeEnded();
    this.#hasRekeyedInLastMinute = false;
    this.lastHandshakeAt = this.#context.wallClock();
    this.#context.events.handshakeComplete?.(this);
    for (const packet of this.#queue.takeAll()) this.send(packet);
  }

  /** Keeps a session alive that only ever receives, once per session. */
  #rekeyInLastMinute(now: number): void {
    if (this.#hasRekeyedInLastMinute || !this.#keyring.current?.isLastMinute(now, this.#context.limits)) return;
    this.#hasRekeyedInLastMinute = true;
    this.#startHandshake(now);
  }

  #giveUp(now: number): void {
    this.#timers.handshakeEnded();
    this.#timers.gaveUp(now);
    this.#dropPending();
    this.#queue.clear();
    this.#context.events.handshakeFailed?.(this);
  }

  #forgetSessions(): void {
    this.#dropPending();
    this.#keyring.clear();
  }

  #dropPending(): void {
    if (this.#pending !== undefined) this.#context.indices.release(this.#pending.index);
    this.#pending = undefined;
  }

  #newEphemeral(): Uint8Array {
    return this.#context.randomBytes(KEY_BYTES);
  }

  #countReceived(bytes: number): void {
    this.rxPackets += 1;
    this.rxBytes += bytes;
  }

  #emit(datagram: Uint8Array, answerTo: Source | undefined): void {
    this.txPackets += 1;
    this.txBytes += datagram.length;
    this.#context.events.send(this, datagram, answerTo);
  }
}
