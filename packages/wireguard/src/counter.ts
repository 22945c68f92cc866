/**
 * A 64-bit message counter as two 32-bit halves: exact to the last value, where a
 * number would round, and without a bigint for every packet.
 */
export type Counter = { readonly hi: number; readonly lo: number };

const HALF = 2 ** 32;

export function counterOf(value: bigint): Counter {
  return { hi: Number(BigInt.asUintN(32, value >> 32n)), lo: Number(BigInt.asUintN(32, value)) };
}

export function isAtLeast(hi: number, lo: number, limit: Counter): boolean {
  return hi > limit.hi || (hi === limit.hi && lo >= limit.lo);
}

/**
 * How far (hi, lo) is ahead of `from`; negative when behind. Exact within ±2^53, and
 * farther out only its sign and enormity matter.
 */
export function distance(hi: number, lo: number, from: Counter): number {
  return (hi - from.hi) * HALF + (lo - from.lo);
}
