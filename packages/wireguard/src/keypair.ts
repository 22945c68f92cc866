/**
 * One session: a key for each direction, the counter that numbers what we send, and the
 * window that refuses what was received before.
 *
 * Sealing and opening are the hot path: without a copy, without a bigint.
 */
import type { Aead, Opener, Sealer } from "./aead.ts";
import { TAG_BYTES } from "./constants.ts";
import { type Counter, counterOf, isAtLeast } from "./counter.ts";
import type { Limits } from "./limits.ts";
import { readU32 } from "./little-endian.ts";
import type { SessionKeys } from "./noise.ts";
import { ReplayWindow } from "./replay-window.ts";
import { COUNTER_OFFSET, datagramBytes, TRANSPORT_HEADER_BYTES, writeTransportHeader } from "./transport-data.ts";

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
  readonly #window = new ReplayWindow();
  /** Of the next message that is sent. */
  readonly #sending = { hi: 0, lo: 0 };
  readonly #received = { hi: 0, lo: 0 };

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
    return now < this.#rejectAt && !isAtLeast(this.#sending.hi, this.#sending.lo, this.#rejectCounter);
  }

  /** Whether it is on us to start the next session, judged after sending. */
  isRekeyDue(now: number): boolean {
    return (
      (this.#isInitiator && now >= this.#rekeyAt) || isAtLeast(this.#sending.hi, this.#sending.lo, this.#rekeyCounter)
    );
  }

  /** Whether a peer that only receives must rekey now, or its session ends before a handshake could finish. */
  isLastMinute(now: number, { keepaliveTimeoutMs, rekeyTimeoutMs }: Limits): boolean {
    return this.#isInitiator && now >= this.#rejectAt - keepaliveTimeoutMs - rekeyTimeoutMs;
  }

  /**
   * Makes a datagram at `at` of the packet of `length` bytes that lies there already, behind the room for the header and
   * with room for padding and tag behind itself; only after {@link canSend} said yes. Yields the end of the datagram.
   */
  seal(bytes: Uint8Array, at: number, length: number): number {
    const sending = this.#sending;
    const from = at + TRANSPORT_HEADER_BYTES;
    const end = at + datagramBytes(length);
    const to = end - TAG_BYTES;
    for (let padding = from + length; padding < to; padding++) bytes[padding] = 0;
    this.#sealer.seal(sending, bytes, from, to);
    // Last: the sealer may look at what is before the packet, and the processor waits to read what was just written in pieces.
    writeTransportHeader(bytes, at, { receiver: this.#remoteIndex, counter: sending });
    sending.lo += 1;
    if (sending.lo === HALF) {
      sending.lo = 0;
      sending.hi += 1;
    }
    return end;
  }

  /**
   * Opens `datagram` once and only if it is authentic, in time and not seen before. The padded packet is behind the header of
   * what is yielded, see {@link Opener}.
   */
  open(datagram: Uint8Array, now: number): Uint8Array | OpenFailure {
    const received = this.#received;
    received.lo = readU32(datagram, COUNTER_OFFSET);
    received.hi = readU32(datagram, COUNTER_OFFSET + 4);
    if (now >= this.#rejectAt || isAtLeast(received.hi, received.lo, this.#rejectCounter)) return "dropped-expired";
    // Asked before decrypting, because a flood of replays should cost nothing; moved only after.
    if (!this.#window.isNew(received.hi, received.lo)) return "dropped-replay";
    const opened = this.#opener.open(received, datagram, TRANSPORT_HEADER_BYTES, datagram.length - TAG_BYTES);
    if (opened === undefined) return "dropped-forged";
    this.#window.take(received.hi, received.lo);
    return opened;
  }

  /** Wipes the keys. Nothing may be sealed or opened afterwards. */
  destroy(): void {
    this.#sealer.destroy();
    this.#opener.destroy();
  }
}
