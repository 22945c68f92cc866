/**
 * ChaCha20-Poly1305 (RFC 8439) put together from the two functions inside OpenSSL that do the work. What OpenSSL does
 * around them for a packet takes as long as they do, since it is made for any cipher.
 *
 *     Poly1305's key = ChaCha20(zeros, block 0) | sealed = ChaCha20(packet, block 1 on) | tag = Poly1305(sealed, padding, lengths)
 *
 * OpenSSL does not promise these functions to anybody: Node's own executable has them, a system's library has not.
 */
import { type Aead, type Counter, type Opener, type Sealer } from "@pinhole/wireguard";
import type { Native } from "./native.ts";
import { demandAddress, type Pinned, pin } from "./native-memory.ts";

const KEY_BYTES = 32;
/** Of ChaCha20: a number of 4 bytes for the block, and the nonce, of which WireGuard uses the last 8. */
const COUNTER_BYTES = 16;
const BLOCK_WORD = 8;
const NONCE_WORD = 10;
const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
/** Of Poly1305; what is authenticated is padded to whole ones. */
const WORD_BYTES = 16;
/** More than any processor's variant keeps. */
const MAX_STATE_BYTES = 4_096;

const DECLARATIONS = {
  chacha20: "void ChaCha20_ctr32(uintptr_t out, uintptr_t in, size_t length, uintptr_t key, uintptr_t counter)",
  stateBytes: "size_t Poly1305_ctx_size()",
  begin: "void Poly1305_Init(uintptr_t state, uintptr_t key)",
  update: "void Poly1305_Update(uintptr_t state, uintptr_t in, size_t length)",
  finish: "void Poly1305_Final(uintptr_t state, uintptr_t tag)",
} as const;

type Functions = { readonly [name in keyof typeof DECLARATIONS]: (...args: number[]) => number };

/** For bytes in memory of `allocate` alone, with lengths that were checked. @throws where OpenSSL does not show the functions. */
export function newPrimitiveAead(native: Native): Aead {
  const functions = Object.entries(DECLARATIONS).map(([name, declaration]) => [name, native.bind(declaration)]);
  const core = new Core(native, Object.fromEntries(functions) as Functions);
  return {
    newSealer(key): Sealer {
      const own = new Key(key);
      return {
        seal(counter, bytes, from, to) {
          core.use(own, counter);
          core.seal(bytes, from, to);
        },
        destroy: () => core.destroy(own),
      };
    },
    newOpener(key): Opener {
      const own = new Key(key);
      return {
        open(counter, bytes, from, to) {
          core.use(own, counter);
          return core.open(bytes, from, to);
        },
        destroy: () => core.destroy(own),
      };
    },
  };
}

/** Lies in the core's place for keys while it is used, with its counter behind it: the number of the block and the nonce. */
class Key {
  readonly bytes: Uint8Array;
  isDestroyed = false;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
  }
}

class Core {
  readonly #call: Functions;
  readonly #key: Pinned;
  readonly #keyWords: Uint32Array;
  readonly #counterAddress: number;
  #used: Key | undefined;
  readonly #zeros: Pinned;
  readonly #firstBlock: Pinned;
  readonly #state: Pinned;
  readonly #tag: Pinned;
  readonly #padding: Pinned;
  readonly #received = new Uint8Array(TAG_BYTES);

  constructor(native: Native, call: Functions) {
    this.#call = call;
    const stateBytes = call.stateBytes();
    if (!(stateBytes > 0 && stateBytes <= MAX_STATE_BYTES)) throw new RangeError(`a state of ${stateBytes} bytes`);
    this.#key = pin(native, KEY_BYTES + COUNTER_BYTES);
    this.#keyWords = new Uint32Array(this.#key.bytes.buffer);
    this.#counterAddress = this.#key.address + KEY_BYTES;
    this.#zeros = pin(native, BLOCK_BYTES);
    this.#firstBlock = pin(native, BLOCK_BYTES);
    this.#state = pin(native, stateBytes);
    this.#tag = pin(native, TAG_BYTES);
    this.#padding = pin(native, WORD_BYTES);
  }

  /** For one message. The machine is little-endian, as the nonce is. @throws after {@link destroy}. */
  use(key: Key, { hi, lo }: Counter): void {
    if (key.isDestroyed) throw new Error("a key that was destroyed is used");
    if (this.#used !== key) {
      this.#key.bytes.set(key.bytes);
      this.#used = key;
    }
    this.#keyWords[NONCE_WORD] = lo;
    this.#keyWords[NONCE_WORD + 1] = hi;
  }

  destroy(key: Key): void {
    key.isDestroyed = true;
    key.bytes.fill(0);
    if (this.#used !== key) return;
    this.#key.bytes.fill(0);
    this.#used = undefined;
  }

  seal(bytes: Uint8Array, from: number, to: number): void {
    const address = demandAddress(bytes) + from;
    const length = to - from;
    this.#begin();
    this.#apply(address, length);
    this.#authenticate(bytes, address, length, to);
    this.#call.finish(this.#state.address, address + length);
  }

  open(bytes: Uint8Array, from: number, to: number): boolean {
    const address = demandAddress(bytes) + from;
    const length = to - from;
    const received = this.#received;
    for (let at = 0; at < TAG_BYTES; at++) received[at] = bytes[to + at] ?? 0;
    this.#begin();
    this.#authenticate(bytes, address, length, to);
    this.#call.finish(this.#state.address, this.#tag.address);
    for (let at = 0; at < TAG_BYTES; at++) bytes[to + at] = received[at] ?? 0;
    // As long for a tag that is wrong at its beginning as for one that is wrong at its end.
    const tag = this.#tag.bytes;
    let difference = 0;
    for (let at = 0; at < TAG_BYTES; at++) difference |= (tag[at] ?? 0) ^ (received[at] ?? 0);
    if (difference !== 0) return false;
    this.#apply(address, length);
    return true;
  }

  #begin(): void {
    const { chacha20, begin } = this.#call;
    const { address: block } = this.#firstBlock;
    this.#keyWords[BLOCK_WORD] = 0;
    chacha20(block, this.#zeros.address, BLOCK_BYTES, this.#key.address, this.#counterAddress);
    begin(this.#state.address, block);
  }

  #apply(address: number, length: number): void {
    this.#keyWords[BLOCK_WORD] = 1;
    if (length > 0) this.#call.chacha20(address, address, length, this.#key.address, this.#counterAddress);
  }

  /** Puts the lengths where the tag lies, so that they are read in one go with what is before them. */
  #authenticate(bytes: Uint8Array, address: number, length: number, to: number): void {
    const { update } = this.#call;
    const { address: state } = this.#state;
    for (let at = 0; at < TAG_BYTES; at++) bytes[to + at] = 0;
    bytes[to + 8] = length;
    bytes[to + 9] = length >>> 8;
    const beyond = length % WORD_BYTES;
    if (beyond === 0) {
      update(state, address, length + TAG_BYTES);
      return;
    }
    update(state, address, length);
    update(state, this.#padding.address, WORD_BYTES - beyond);
    update(state, address + length, TAG_BYTES);
  }
}
