/** OpenSSL's Poly1305 (RFC 8439), one message at a time. */
import type { Native } from "./native.ts";
import { allocate, demandAddress, type Pinned, pin } from "./native-memory.ts";
import { learnLayout, putState, type StateLayout } from "./poly1305-state.ts";
import { isTagKnown, putTag } from "./poly1305-tag.ts";

const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** For what is learnt at the start. */
const SCRATCH_BYTES = 2_048;
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
  readonly #tag: Pinned;
  readonly #tagWords: Int32Array;
  readonly #layout: StateLayout | undefined;
  readonly #isTagKnown: boolean;

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
    this.#tag = pin(native, TAG_BYTES);
    this.#tagWords = new Int32Array(this.#tag.bytes.buffer);
    const functions = { init: this.#init, update: this.#update, final: this.#final };
    const bytes = allocate(native, SCRATCH_BYTES);
    const memory = { state: this.#state, scratch: { bytes, address: demandAddress(bytes) } };
    this.#layout = learnLayout(functions, this.#state, this.#key);
    this.#isTagKnown = this.#layout !== undefined && isTagKnown(functions, this.#layout, memory);
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

  /** Writes the tag to the four words at `at`, without a call where that can be: of a message that {@link beginWith} began. */
  finishInto(tag: Int32Array, at: number): void {
    if (this.#layout !== undefined && this.#isTagKnown) return putTag(this.#stateWords, this.#layout, tag, at);
    this.finish(this.#tag.address);
    for (let word = 0; word < this.#tagWords.length; word++) tag[at + word] = this.#tagWords[word] ?? 0;
  }

  /** Leaves nothing here of the last message's key. */
  wipe(): void {
    this.#state.bytes.fill(0);
    this.#key.bytes.fill(0);
  }
}
