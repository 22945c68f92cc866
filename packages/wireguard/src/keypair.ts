/**
 * One session: a key for each direction, the counter that numbers what we send, and the
 * window that refuses what was received before.
 *
 * Sealing and opening are the hot path: one output buffer a packet, nonces in place, no bigint.
 */
import type { Aead, Opener, Sealer } from "./aead.ts";
import { TAG_BYTES } from "./constants.ts";
import { type Counter, counterOf, isAtLeast } from "./counter.ts";
import type { Limits } from "./limits.ts";
import { readU32, writeU32 } from "./little-endian.ts";
import type { SessionKeys } from "./noise.ts";
import { ReplayWindow } from "./replay-window.ts";
import { COUNTER_OFFSET, paddingFor, TRANSPORT_HEADER_BYTES, writeTransportHeader } from "./transport-data.ts";

/** A ChaCha20-Poly1305 nonce is four zero bytes and the counter. */
const NONCE_BYTES = 12;
const NONCE_COUNTER_OFFSET = 4;
const HALF = 2 ** 32;

export type OpenFailure = "dropped-expired" | "dropped-replay" | "dropped-forged";

type KeypairOptions = {
  readonly keys: SessionKeys;
  readonly localIndex: number;
  readonly remoteIndex: number;
  readonly isInitiator: boolean;
  readonly createdAt: number;
  /** Added to the age at which the initiator rekeys. */
  readonly rekeyDelayMs: number;
  readonly limits: Limits;
  readonly aead: Aead;
};

export class Keypair {
  readonly localIndex: number;
  readonly #remoteIndex: number;
  readonly #isInitiator: boolean;
  readonly #rekeyAt: number;
  readonly #rejectAt: number;
  readonly #rekeyCounter: Counter;
  readonly #rejectCounter: Counter;

  readonly #sealer: Sealer;
  readonly #opener: Opener;
  readonly #sendNonce = new Uint8Array(NONCE_BYTES);
  readonly #receiveNonce = new Uint8Array(NONCE_BYTES);
  readonly #window = new ReplayWindow();
  #sendHi = 0;
  #sendLo = 0;

  constructor({ keys, limits, aead, createdAt, ...options }: KeypairOptions) {
    this.localIndex = options.localIndex;
    this.#remoteIndex = options.remoteIndex;
    this.#isInitiator = options.isInitiator;
    this.#rekeyAt = createdAt + limits.rekeyAfterMs + options.rekeyDelayMs;
    this.#rejectAt = createdAt + limits.rejectAfterMs;
    this.#rekeyCounter = counterOf(limits.rekeyAfterMessages);
    this.#rejectCounter = counterOf(limits.rejectAfterMessages);
    this.#sealer = aead.newSealer(keys.sending);
    this.#opener = aead.newOpener(keys.receiving);
    keys.sending.fill(0);
    keys.receiving.fill(0);
  }

  canSend(now: number): boolean {
    return now < this.#rejectAt && !isAtLeast(this.#sendHi, this.#sendLo, this.#rejectCounter);
  }

  /** Whether it is on us to start the next session, judged after sending. */
  isRekeyDue(now: number): boolean {
    return (this.#isInitiator && now >= this.#rekeyAt) || isAtLeast(this.#sendHi, this.#sendLo, this.#rekeyCounter);
  }

  /** Whether a peer that only receives must rekey now, or its session ends before a handshake could finish. */
  isLastMinute(now: number, { keepaliveTimeoutMs, rekeyTimeoutMs }: Limits): boolean {
    return this.#isInitiator && now >= this.#rejectAt - keepaliveTimeoutMs - rekeyTimeoutMs;
  }

  /** The datagram that carries `packet`; only after {@link canSend} said yes. */
  seal(packet: Uint8Array): Uint8Array {
    const padding = paddingFor(packet.length);
    const datagram = Buffer.allocUnsafe(TRANSPORT_HEADER_BYTES + packet.length + padding + TAG_BYTES);
    writeTransportHeader(datagram, this.#remoteIndex, this.#sendHi, this.#sendLo);
    writeU32(this.#sendNonce, NONCE_COUNTER_OFFSET, this.#sendLo);
    writeU32(this.#sendNonce, NONCE_COUNTER_OFFSET + 4, this.#sendHi);
    this.#sendLo += 1;
    if (this.#sendLo === HALF) {
      this.#sendLo = 0;
      this.#sendHi += 1;
    }
    this.#sealer.seal(this.#sendNonce, packet, padding, datagram, TRANSPORT_HEADER_BYTES);
    return datagram;
  }

  /** The padded packet in `datagram`, once and only if it is authentic, in time and not seen before. */
  open(datagram: Uint8Array, now: number): Uint8Array | OpenFailure {
    const lo = readU32(datagram, COUNTER_OFFSET);
    const hi = readU32(datagram, COUNTER_OFFSET + 4);
    if (now >= this.#rejectAt || isAtLeast(hi, lo, this.#rejectCounter)) return "dropped-expired";
    // Asked before decrypting, because a flood of replays should cost nothing; moved only after.
    if (!this.#window.isNew(hi, lo)) return "dropped-replay";
    writeU32(this.#receiveNonce, NONCE_COUNTER_OFFSET, lo);
    writeU32(this.#receiveNonce, NONCE_COUNTER_OFFSET + 4, hi);
    const packet = this.#opener.open(this.#receiveNonce, datagram.subarray(TRANSPORT_HEADER_BYTES));
    if (packet === undefined) return "dropped-forged";
    this.#window.take(hi, lo);
    return packet;
  }

  /** Wipes the keys. Nothing may be sealed or opened afterwards. */
  destroy(): void {
    this.#sealer.destroy();
    this.#opener.destroy();
  }
}
