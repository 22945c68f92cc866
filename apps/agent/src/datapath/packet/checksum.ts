/** The Internet checksum (RFC 1071), which every header inside the tunnel carries. */
import { functionsFor } from "./packet-memory.ts";

/** Below this, asking WebAssembly takes longer than it saves. */
const FEW_BYTES = 48;

/** Ones' complement sum of 16-bit words, not yet folded nor inverted; a last odd byte is the high half of a word. */
export function sumWords(bytes: Uint8Array, from: number, to: number): number {
  const fast = to - from > FEW_BYTES && from >= 0 && to <= bytes.length ? functionsFor(bytes) : undefined;
  if (fast !== undefined) return swapped(fast.sum(bytes.byteOffset + from, to - from));
  let sum = 0;
  let at = from;
  for (; at + 1 < to; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < to) sum += (bytes[at] ?? 0) << 8;
  return sum;
}

/** Copies `from` up to `to` of `source` to `at` of `into`, and yields the sum of it. */
export function copyAndSum(
  into: Uint8Array,
  at: number,
  { source, from, to }: { readonly source: Uint8Array; readonly from: number; readonly to: number },
): number {
  const fast = functionsFor(source) === undefined ? undefined : functionsFor(into);
  const isInside = from >= 0 && from <= to && to <= source.length && at >= 0 && at + to - from <= into.length;
  if (fast !== undefined && isInside) {
    return swapped(fast.copy(source.byteOffset + from, to - from, into.byteOffset + at));
  }
  into.set(source.subarray(from, to), at);
  return sumWords(into, at, at + to - from);
}

export function foldChecksum(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** To 16 bits, carries added. */
export function fold(sum: number): number {
  let folded = (sum & 0xffff) + Math.floor(sum / 0x10000);
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

/** The sum is the same in either byte order, but for the order of its own two bytes (RFC 1071 §2B). */
function swapped(sum: number): number {
  return ((sum & 0xff) << 8) | (sum >>> 8);
}
