/** The Internet checksum (RFC 1071), which every header inside the tunnel carries. */
import { endianness } from "node:os";

const LITTLE_ENDIAN = endianness() === "LE";

/** Below this, getting at the words costs more than they save. */
const WORDWISE_BYTES = 64;

/** Packets lie in a few large buffers, one after the other: their words are looked up once for many. */
let memory: ArrayBufferLike = new ArrayBuffer(0);
let words: Uint32Array = new Uint32Array(memory);

/** Ones' complement sum of 16-bit words, not yet folded nor inverted; a last odd byte is the high half of a word. */
export function sumWords(bytes: Uint8Array, from: number, to: number): number {
  const start = bytes.byteOffset + from;
  if (to - from >= WORDWISE_BYTES && to <= bytes.length && start % 4 === 0 && LITTLE_ENDIAN)
    return sumWordwise(bytes, from, to);
  return sumBytewise(bytes, from, to);
}

function sumBytewise(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  let at = from;
  for (; at + 1 < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < to) sum += (bytes[at] ?? 0) << 8;
  return sum;
}

/** The sum is the same in either byte order but for the order of its own two bytes (RFC 1071 §2B). */
function sumWordwise(bytes: Uint8Array, from: number, to: number): number {
  if (bytes.buffer !== memory) {
    memory = bytes.buffer;
    words = new Uint32Array(memory, 0, memory.byteLength >>> 2);
  }
  const first = (bytes.byteOffset + from) >>> 2;
  const end = first + ((to - from) >>> 2);
  // Exact: 2^14 words of 32 bits are far from 2^53.
  let even = 0;
  let odd = 0;
  let at = first;
  for (; at + 1 < end; at += 2) {
    even += words[at] ?? 0;
    odd += words[at + 1] ?? 0;
  }
  if (at < end) even += words[at] ?? 0;
  const folded = fold(even + odd);
  const swapped = ((folded & 0xff) << 8) | (folded >>> 8);
  return swapped + sumBytewise(bytes, from + ((to - from) & ~3), to);
}

export function foldChecksum(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** To 16 bits, carries added. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}
