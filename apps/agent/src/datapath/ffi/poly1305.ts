/** OpenSSL's Poly1305 (RFC 8439), one message at a time. */
import type { Native } from "./native.ts";
import { type Pinned, pin } from "./native-memory.ts";
import { learnLayout, putState, type StateLayout } from "./poly1305-state.ts";

const KEY_BYTES = 32;
/** More than any processor's variant keeps. */
const MAX_STATE_BYTES = 4_096;

export class Poly1305 {
  readonly #init: (state: number, key: number) => void;
  readonly #update: (state: number, from: number, length: number) => void;
  readonly #final: (state: number, tag: number) => void;
  readonly #state: Pinned;
  readonly #stateWords: Int32Array;
  readonly #key: Pinned;
  readonly #keyWords: Int32Array;
  readonly #layout: StateLayout | undefined;

  /** @throws where OpenSSL does not show the functions. */
  constructor(native: Native) {
    const stateBytes: number = native.bind("size_t Poly1305_ctx_size()")();
    if (!(stateBytes > 0 && stateBytes <= MAX_STATE_BYTES)) throw new RangeError(`a state of ${stateBytes} bytes`);
    this.#init = native.bind("void Poly1305_Init(uintptr_t state, uintptr_t key)");
    this.#update = native.bind("void Poly1305_Update(uintptr_t state, uintptr_t in, size_t length)");
    this.#final = native.bind("void Poly1305_Final(uintptr_t state, uintptr_t tag)");
    this.#state = pin(native, stateBytes);
    this.#stateWords = new Int32Array(this.#state.bytes.buffer, 0, stateBytes >> 2);
    this.#key = pin(native, KEY_BYTES);
    this.#keyWords = new Int32Array(this.#key.bytes.buffer);
    this.#layout = learnLayout({ init: this.#init, final: this.#final }, this.#state, this.#key);
  }

  /** With the 32 bytes at the address `key`. */
  begin(key: number): void {
    this.#init(this.#state.address, key);
  }

  /** With the eight words at `at` of `key`, and without a call where that can be. */
  beginWith(key: Int32Array, at: number): void {
    if (this.#layout !== undefined) return putState(this.#stateWords, this.#layout, key, at);
    for (let word = 0; word < this.#keyWords.length; word++) this.#keyWords[word] = key[at + word] ?? 0;
    this.begin(this.#key.address);
  }

  /** Takes the `length` bytes at the address `from`. */
  add(from: number, length: number): void {
    this.#update(this.#state.address, from, length);
  }

  /** Writes the 16 bytes of the tag to the address `tag`. */
  finish(tag: number): void {
    this.#final(this.#state.address, tag);
  }
}
