/**
 * The two directions of a session after its handshake.
 *
 * Messages must arrive whole and in order: the counters are not on the wire. One that is forged,
 * repeated, out of order or cut short fails to open, and so does everything after it; the session is over.
 */
import { err, type Result } from "@pinhole/protocol";
import { type CipherState, TAG_BYTES } from "./cipher-state.ts";

/** Noise bounds every message, tag included. */
export const MAX_MESSAGE_BYTES = 65_535;
export const MAX_PLAINTEXT_BYTES = MAX_MESSAGE_BYTES - TAG_BYTES;

/** Each direction takes a fresh key after so many messages: a session lasts for weeks, and what was said in its first should not hang on a key that is in memory in its last. */
export const REKEY_AFTER_MESSAGES = 16_384n;

const EMPTY = new Uint8Array(0);

export class CipherChannel {
  readonly handshakeHash: Uint8Array;
  readonly #sending: CipherState;
  readonly #receiving: CipherState;
  #failed = false;

  constructor(options: { sending: CipherState; receiving: CipherState; handshakeHash: Uint8Array }) {
    this.#sending = options.sending;
    this.#receiving = options.receiving;
    this.handshakeHash = options.handshakeHash;
  }

  /** @throws RangeError when the plaintext is longer than {@link MAX_PLAINTEXT_BYTES}. */
  seal(plaintext: Uint8Array): Uint8Array {
    if (plaintext.length > MAX_PLAINTEXT_BYTES)
      throw new RangeError(`a message holds at most ${MAX_PLAINTEXT_BYTES} bytes`);
    const sealed = this.#sending.seal(plaintext, EMPTY);
    rekeyWhenDue(this.#sending);
    return sealed;
  }

  open(sealed: Uint8Array): Result<Uint8Array, "bad-message"> {
    if (this.#failed || sealed.length > MAX_MESSAGE_BYTES) {
      this.#failed = true;
      return err("bad-message");
    }
    const opened = this.#receiving.open(sealed, EMPTY);
    if (opened.ok) rekeyWhenDue(this.#receiving);
    else this.#failed = true;
    return opened;
  }
}

function rekeyWhenDue(state: CipherState): void {
  if (state.counter % REKEY_AFTER_MESSAGES === 0n) state.rekey();
}
