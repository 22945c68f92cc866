/**
 * ChaCha20-Poly1305 (RFC 8439) put together from the two functions inside OpenSSL that do the work. What OpenSSL does
 * around them for a packet takes as long as they do, since it is made for any cipher.
 *
 *     Poly1305's key = ChaCha20(zeros, block 0) | sealed = ChaCha20(packet, block 1 on) | tag = Poly1305(sealed, padding, lengths)
 *
 * Where packets lie, both are one call: ChaCha20 makes as many blocks at once as the packet has and some that nobody needs.
 * Block 0 then falls on the 64 bytes before the packet, whatever they are, and is what they were and what came of them,
 * taken exclusively. Bytes are moved four at a time.
 *
 * OpenSSL does not promise these functions to anybody: Node's own executable has them, a system's library has not.
 */
import { type Aead, type Counter, type Opener, type Sealer } from "@pinhole/wireguard";
import type { Native } from "./native.ts";
import { type AdoptedPackets, demandAddress, packetsAround, type Pinned, pin, SCRATCH_BYTES } from "./native-memory.ts";

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const KEY_WORDS = KEY_BYTES / 4;
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
      const own = new Key(native, key);
      return {
        seal: (counter, bytes, from, to) => core.seal(own.at(counter), bytes, from, to),
        destroy: () => own.destroy(),
      };
    },
    newOpener(key): Opener {
      const own = new Key(native, key);
      return {
        open: (counter, bytes, from, to) => core.open(own.at(counter), bytes, from, to),
        destroy: () => own.destroy(),
      };
    },
  };
}

/** The key and, behind it, ChaCha20's counter: the number of the block and the nonce. */
class Key {
  readonly address: number;
  readonly #pinned: Pinned;
  readonly #words: Uint32Array;
  #isDestroyed = false;

  constructor(native: Native, key: Uint8Array) {
    this.#pinned = pin(native, KEY_BYTES + 16);
    this.#pinned.bytes.set(key);
    this.#words = new Uint32Array(this.#pinned.bytes.buffer);
    this.address = this.#pinned.address;
  }

  get counterAddress(): number {
    return this.address + KEY_BYTES;
  }

  /** For one message. The machine is little-endian, as the nonce is. @throws after {@link destroy}. */
  at({ hi, lo }: Counter): this {
    if (this.#isDestroyed) throw new Error("a key that was destroyed is used");
    this.#words[10] = lo;
    this.#words[11] = hi;
    return this;
  }

  set block(number: number) {
    this.#words[8] = number;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#pinned.bytes.fill(0);
  }
}

class Core {
  readonly #call: Functions;
  readonly #zeros: Pinned;
  readonly #firstBlock: Pinned;
  readonly #firstWords: Int32Array;
  readonly #before = new Int32Array(BLOCK_WORDS);
  readonly #state: Pinned;
  readonly #tag: Pinned;
  readonly #tagWords: Int32Array;
  readonly #padding: Pinned;
  readonly #received = new Uint8Array(TAG_BYTES);

  constructor(native: Native, call: Functions) {
    this.#call = call;
    const stateBytes = call.stateBytes();
    if (!(stateBytes > 0 && stateBytes <= MAX_STATE_BYTES)) throw new RangeError(`a state of ${stateBytes} bytes`);
    this.#zeros = pin(native, BLOCK_BYTES);
    this.#firstBlock = pin(native, BLOCK_BYTES);
    this.#firstWords = new Int32Array(this.#firstBlock.bytes.buffer);
    this.#state = pin(native, stateBytes);
    this.#tag = pin(native, TAG_BYTES);
    this.#tagWords = new Int32Array(this.#tag.bytes.buffer);
    this.#padding = pin(native, WORD_BYTES);
  }

  seal(key: Key, bytes: Uint8Array, from: number, to: number): void {
    const packets = packetsAround(bytes);
    const at = bytes.byteOffset + from;
    if (packets !== undefined && isWhole(at, to - from)) return this.#sealPacket(key, packets, at, to - from);
    const address = demandAddress(bytes) + from;
    const length = to - from;
    this.#begin(key);
    this.#apply(key, address, length);
    this.#authenticate(bytes, address, length, to);
    this.#call.finish(this.#state.address, address + length);
  }

  open(key: Key, bytes: Uint8Array, from: number, to: number): boolean {
    const packets = packetsAround(bytes);
    const at = bytes.byteOffset + from;
    if (packets !== undefined && packets.functions !== undefined && isWhole(at, to - from)) {
      return this.#openPacket(key, packets, at, to - from);
    }
    const address = demandAddress(bytes) + from;
    const length = to - from;
    const received = this.#received;
    for (let at = 0; at < TAG_BYTES; at++) received[at] = bytes[to + at] ?? 0;
    this.#begin(key);
    this.#authenticate(bytes, address, length, to);
    this.#call.finish(this.#state.address, this.#tag.address);
    for (let at = 0; at < TAG_BYTES; at++) bytes[to + at] = received[at] ?? 0;
    // As long for a tag that is wrong at its beginning as for one that is wrong at its end.
    const tag = this.#tag.bytes;
    let difference = 0;
    for (let at = 0; at < TAG_BYTES; at++) difference |= (tag[at] ?? 0) ^ (received[at] ?? 0);
    if (difference !== 0) return false;
    this.#apply(key, address, length);
    return true;
  }

  #sealPacket(key: Key, packets: AdoptedPackets, at: number, length: number): void {
    const { chacha20, begin, update, finish } = this.#call;
    const { words } = packets;
    const address = packets.address + at;
    const blockAt = (at - BLOCK_BYTES) / 4;
    const before = this.#before;
    for (let word = 0; word < BLOCK_WORDS; word++) before[word] = words[blockAt + word] ?? 0;
    key.block = 0;
    chacha20(address - BLOCK_BYTES, address - BLOCK_BYTES, BLOCK_BYTES + length, key.address, key.counterAddress);
    this.#noteKey(before, 0, words, blockAt);
    for (let word = 0; word < BLOCK_WORDS; word++) words[blockAt + word] = before[word] ?? 0;
    begin(this.#state.address, this.#firstBlock.address);
    writeLengths(words, (at + length) / 4, length);
    update(this.#state.address, address, length + TAG_BYTES);
    finish(this.#state.address, address + length);
  }

  /** What comes of it lies elsewhere until it is known to be authentic: it is authenticated as it was sealed. */
  #openPacket(key: Key, packets: AdoptedPackets, at: number, length: number): boolean {
    const { chacha20, begin, update, finish } = this.#call;
    const { words, scratchAt } = packets;
    const address = packets.address + at;
    key.block = 0;
    const blockAddress = address - BLOCK_BYTES;
    chacha20(packets.address + scratchAt, blockAddress, BLOCK_BYTES + length, key.address, key.counterAddress);
    this.#noteKey(words, (at - BLOCK_BYTES) / 4, words, scratchAt / 4);
    begin(this.#state.address, this.#firstBlock.address);
    const tagAt = (at + length) / 4;
    const [a, b] = [words[tagAt] ?? 0, words[tagAt + 1] ?? 0];
    const [c, d] = [words[tagAt + 2] ?? 0, words[tagAt + 3] ?? 0];
    writeLengths(words, tagAt, length);
    update(this.#state.address, address, length + TAG_BYTES);
    finish(this.#state.address, this.#tag.address);
    words[tagAt] = a;
    words[tagAt + 1] = b;
    words[tagAt + 2] = c;
    words[tagAt + 3] = d;
    // As long for a tag that is wrong at its beginning as for one that is wrong at its end.
    const tag = this.#tagWords;
    const difference = ((tag[0] ?? 0) ^ a) | ((tag[1] ?? 0) ^ b) | ((tag[2] ?? 0) ^ c) | ((tag[3] ?? 0) ^ d);
    if (difference !== 0) return false;
    packets.functions?.copy(scratchAt + BLOCK_BYTES, length, at);
    return true;
  }

  /** The authenticator's key: what stood in `one` at `oneAt`, and what ChaCha20 made of it. */
  #noteKey(one: Int32Array, oneAt: number, other: Int32Array, otherAt: number): void {
    const key = this.#firstWords;
    for (let word = 0; word < KEY_WORDS; word++) key[word] = (one[oneAt + word] ?? 0) ^ (other[otherAt + word] ?? 0);
  }

  #begin(key: Key): void {
    const { chacha20, begin } = this.#call;
    const { address: block } = this.#firstBlock;
    key.block = 0;
    chacha20(block, this.#zeros.address, BLOCK_BYTES, key.address, key.counterAddress);
    begin(this.#state.address, block);
  }

  #apply(key: Key, address: number, length: number): void {
    key.block = 1;
    if (length > 0) this.#call.chacha20(address, address, length, key.address, key.counterAddress);
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

/** With a block before it, its words aligned, and nothing to be padded; as all of WireGuard's are but the first of a memory. */
function isWhole(at: number, length: number): boolean {
  return (
    at >= BLOCK_BYTES &&
    at % 4 === 0 &&
    length % WORD_BYTES === 0 &&
    length > 0 &&
    length <= SCRATCH_BYTES - BLOCK_BYTES
  );
}

/** Of what is authenticated only, and of what is sealed, 8 bytes each. */
function writeLengths(words: Int32Array, at: number, length: number): void {
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = length;
  words[at + 3] = 0;
}
