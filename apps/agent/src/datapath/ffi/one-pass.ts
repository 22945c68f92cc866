/**
 * ChaCha20-Poly1305 of a packet in packet memory with one call of the cipher: it runs over the 64 bytes before the packet
 * as well, as its block 0, and what it changes them by is the authenticator's key. Then they are put back. A call for that
 * block alone takes a seventh of the packet's time, since what the processor computes at once is many blocks.
 *
 *     …tail of the packet before, header | packet           | tag
 *     block 0                            | blocks 1, 2, …
 */
import { BLOCK_BYTES, type ChaCha20 } from "./chacha20.ts";
import { packetsWith } from "./native-memory.ts";
import type { Poly1305 } from "./poly1305.ts";

/** All that WireGuard seals is padded to multiples of this. */
const ALIGNMENT = 16;
const TAG_BYTES = 16;
const WORD_BYTES = 4;

export class OnePass {
  readonly #cipher: ChaCha20;
  readonly #authenticator: Poly1305;
  readonly #tag = new Int32Array(TAG_BYTES / WORD_BYTES);

  constructor(cipher: ChaCha20, authenticator: Poly1305) {
    this.#cipher = cipher;
    this.#authenticator = authenticator;
  }

  /** False where nothing was done: for bytes that lie elsewhere, or across words. */
  seal(bytes: Uint8Array, from: number, to: number): boolean {
    const packets = packetsWith(bytes);
    const at = bytes.byteOffset + from;
    const length = to - from;
    if (packets === undefined || !hasBlockBefore(at, length)) return false;
    const { words, address, functions, keyAt, keptAt } = packets;
    const block = at - BLOCK_BYTES;
    functions.keep(block, keptAt);
    this.#cipher.apply(address + block, address + block, BLOCK_BYTES + length, 0);
    functions.reveal(block, keptAt, keyAt, keptAt);
    putLengths(words, at + length, length);
    this.#authenticator.beginWith(words, keyAt / WORD_BYTES);
    this.#authenticator.add(address + at, length + TAG_BYTES);
    this.#authenticator.finishInto(words, (at + length) / WORD_BYTES);
    return true;
  }

  /**
   * Yields other bytes, since the authenticator wants what is sealed as it is, and its key comes out of the call that opens.
   * What was forged lies there, too, and means nothing. "elsewhere" where nothing was done: for bytes that did not arrive in
   * packet memory, or lie across words.
   */
  open(bytes: Uint8Array, from: number, to: number): Uint8Array | "forged" | "elsewhere" {
    const packets = packetsWith(bytes);
    const at = bytes.byteOffset + from;
    const length = to - from;
    if (packets === undefined || !hasBlockBefore(at, length)) return "elsewhere";
    const opened = packets.memory.openedOf(bytes);
    if (opened === undefined) return "elsewhere";
    const { words, address, functions, keyAt, keptAt } = packets;
    const block = at - BLOCK_BYTES;
    const out = opened.byteOffset + from - BLOCK_BYTES;
    functions.keep(out, keptAt);
    this.#cipher.apply(address + out, address + block, BLOCK_BYTES + length, 0);
    functions.reveal(out, block, keyAt, keptAt);

    const tagAt = (at + length) / WORD_BYTES;
    const a = words[tagAt] ?? 0;
    const b = words[tagAt + 1] ?? 0;
    const c = words[tagAt + 2] ?? 0;
    const d = words[tagAt + 3] ?? 0;
    putLengths(words, at + length, length);
    this.#authenticator.beginWith(words, keyAt / WORD_BYTES);
    this.#authenticator.add(address + at, length + TAG_BYTES);
    this.#authenticator.finishInto(this.#tag, 0);
    words[tagAt] = a;
    words[tagAt + 1] = b;
    words[tagAt + 2] = c;
    words[tagAt + 3] = d;
    const tag = this.#tag;
    // As long for a tag that is wrong at its beginning as for one that is wrong at its end.
    const difference = ((tag[0] ?? 0) ^ a) | ((tag[1] ?? 0) ^ b) | ((tag[2] ?? 0) ^ c) | ((tag[3] ?? 0) ^ d);
    return difference === 0 ? opened : "forged";
  }
}

function hasBlockBefore(at: number, length: number): boolean {
  return at >= BLOCK_BYTES && (at | length) % ALIGNMENT === 0;
}

/** Where the tag lies, so that they are read in one go with what is before them. */
function putLengths(words: Int32Array, at: number, length: number): void {
  const word = at / WORD_BYTES;
  words[word] = 0;
  words[word + 1] = 0;
  words[word + 2] = length;
  words[word + 3] = 0;
}
