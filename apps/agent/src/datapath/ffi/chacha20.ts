/** OpenSSL's ChaCha20 (RFC 8439), under one key at a time. */
import type { Counter } from "@pinhole/wireguard";
import type { Native } from "./native.ts";
import { type Pinned, pin } from "./native-memory.ts";

const KEY_BYTES = 32;
/** A number of 4 bytes for the block, and the nonce, of which WireGuard uses the last 8. */
const COUNTER_BYTES = 16;
const BLOCK_WORD = 8;
const NONCE_WORD = 10;

export const BLOCK_BYTES = 64;

type Apply = (out: number, from: number, length: number, key: number, counter: number) => void;

/** Lies in the cipher's place for keys while it is used, with the cipher's counter behind it. */
export class CipherKey {
  readonly bytes: Uint8Array;
  isDestroyed = false;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
  }
}

export class ChaCha20 {
  readonly #apply: Apply;
  readonly #key: Pinned;
  readonly #keyWords: Uint32Array;
  readonly #counterAddress: number;
  #used: CipherKey | undefined;

  /** @throws where OpenSSL does not show the function. */
  constructor(native: Native) {
    this.#apply = native.bind(
      "void ChaCha20_ctr32(uintptr_t out, uintptr_t in, size_t length, uintptr_t key, uintptr_t counter)",
    );
    this.#key = pin(native, KEY_BYTES + COUNTER_BYTES);
    this.#keyWords = new Uint32Array(this.#key.bytes.buffer);
    this.#counterAddress = this.#key.address + KEY_BYTES;
  }

  /** For one message. The machine is little-endian, as the nonce is. @throws after {@link destroy}. */
  use(key: CipherKey, { hi, lo }: Counter): void {
    if (key.isDestroyed) throw new Error("a key that was destroyed is used");
    if (this.#used !== key) {
      this.#key.bytes.set(key.bytes);
      this.#used = key;
    }
    this.#keyWords[NONCE_WORD] = lo;
    this.#keyWords[NONCE_WORD + 1] = hi;
  }

  /** `length` bytes at the address `from` with the stream from that block on, written to the address `out`. */
  apply(out: number, from: number, length: number, block: number): void {
    this.#keyWords[BLOCK_WORD] = block;
    this.#apply(out, from, length, this.#key.address, this.#counterAddress);
  }

  destroy(key: CipherKey): void {
    key.isDestroyed = true;
    key.bytes.fill(0);
    if (this.#used !== key) return;
    this.#key.bytes.fill(0);
    this.#used = undefined;
  }
}
