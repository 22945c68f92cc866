/**
 * Keyed BLAKE2s (RFC 7693) of 16 bytes, for mac1 and mac2: what a flood makes us compute most, and OpenSSL has only
 * without a key. Everything is 32-bit arithmetic in a few arrays that are made once.
 */
import { MAC_BYTES } from "./constants.ts";

const BLOCK_BYTES = 64;
const MAX_KEY_BYTES = 32;
const WORDS = 16;
const ROUNDS = 10;

const IV = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/** The order in which each round takes the words of a block (RFC 7693 §2.7). */
const ORDER = Uint8Array.from(
  [
    "0123456789abcdef",
    "ea489fd61c02b753",
    "b8c052fdae367194",
    "7931dcbe265a40f8",
    "905724afe1bc683d",
    "2c6a0b834d75fe19",
    "c51fed4a0763928b",
    "db7ec13950f4862a",
    "6fe9b308c2d714a5",
    "a2847615fb9e3cd0",
  ]
    .join("")
    .split(""),
  (digit) => Number.parseInt(digit, 16),
);

const work = new Int32Array(WORDS);
const block = new Int32Array(WORDS);
const state = new Int32Array(8);

/** For many messages under one key: its own block is hashed once. */
export function newMac(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  if (key.length === 0 || key.length > MAX_KEY_BYTES) throw new RangeError(`a key has 1 to ${MAX_KEY_BYTES} bytes`);
  const keyed = afterKey(key, false);
  const own = Uint8Array.from(key);
  return (message) => {
    // Where nothing follows the key, its block is the last one.
    if (message.length === 0) return digestOf(afterKey(own, true));
    state.set(keyed);
    let at = 0;
    for (; message.length - at > BLOCK_BYTES; at += BLOCK_BYTES) {
      readBlock(message, at, at + BLOCK_BYTES);
      compress(BLOCK_BYTES + at + BLOCK_BYTES, false);
    }
    readBlock(message, at, message.length);
    compress(BLOCK_BYTES + message.length, true);
    return digestOf(state);
  };
}

function afterKey(key: Uint8Array, isLast: boolean): Int32Array {
  state.set(IV);
  state[0] = (state[0] ?? 0) ^ 0x01010000 ^ (key.length << 8) ^ MAC_BYTES;
  readBlock(key, 0, key.length);
  compress(BLOCK_BYTES, isLast);
  return Int32Array.from(state);
}

/** Little-endian words, zeros behind the end. */
function readBlock(bytes: Uint8Array, from: number, to: number): void {
  for (let word = 0; word < WORDS; word++) {
    const at = from + word * 4;
    if (at + 4 <= to) {
      block[word] =
        (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
      continue;
    }
    let rest = 0;
    for (let byte = at; byte < to; byte++) rest |= (bytes[byte] ?? 0) << ((byte - at) * 8);
    block[word] = rest;
  }
}

/** `count` is of all bytes so far; messages here have far fewer than 2^32. */
function compress(count: number, isLast: boolean): void {
  work.set(state);
  work.set(IV, 8);
  work[12] = (work[12] ?? 0) ^ count;
  if (isLast) work[14] = ~(work[14] ?? 0);
  for (let at = 0; at < ROUNDS * WORDS; at += WORDS) {
    // Columns, then diagonals.
    mix(0, 4, 8, 12, at);
    mix(1, 5, 9, 13, at + 2);
    mix(2, 6, 10, 14, at + 4);
    mix(3, 7, 11, 15, at + 6);
    mix(0, 5, 10, 15, at + 8);
    mix(1, 6, 11, 12, at + 10);
    mix(2, 7, 8, 13, at + 12);
    mix(3, 4, 9, 14, at + 14);
  }
  for (let at = 0; at < 8; at++) state[at] = (state[at] ?? 0) ^ (work[at] ?? 0) ^ (work[at + 8] ?? 0);
}

/** G of §3.1 on four places, with the two words that {@link ORDER} has at `order`. Five arguments: an object for each would cost more than the rest. */
function mix(atA: number, atB: number, atC: number, atD: number, order: number): void {
  const x = block[ORDER[order] ?? 0] ?? 0;
  const y = block[ORDER[order + 1] ?? 0] ?? 0;
  let a = work[atA] ?? 0;
  let b = work[atB] ?? 0;
  let c = work[atC] ?? 0;
  let d = work[atD] ?? 0;
  a = (a + b + x) | 0;
  d ^= a;
  d = (d >>> 16) | (d << 16);
  c = (c + d) | 0;
  b ^= c;
  b = (b >>> 12) | (b << 20);
  a = (a + b + y) | 0;
  d ^= a;
  d = (d >>> 8) | (d << 24);
  c = (c + d) | 0;
  b ^= c;
  b = (b >>> 7) | (b << 25);
  work[atA] = a;
  work[atB] = b;
  work[atC] = c;
  work[atD] = d;
}

function digestOf(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(MAC_BYTES);
  for (let at = 0; at < MAC_BYTES; at++) bytes[at] = (words[at >> 2] ?? 0) >>> ((at & 3) * 8);
  return bytes;
}
