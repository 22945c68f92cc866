/**
 * Where a chart's four lines are: zero and three even steps that reach above the largest value. Steps are round in the
 * unit that is printed: short decimals, or a power of two where the unit counts in 1,024.
 */
export type Base = "decimal" | "binary";

const LINES = 3;

export function axisSplits(max: number, base: Base): readonly [number, number, number, number] {
  const step = max > 0 ? roundUp(max / LINES, base) : 1;
  return [0, step, 2 * step, 3 * step];
}

function roundUp(value: number, base: Base): number {
  if (base === "binary") return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8].find((factor) => factor * power >= value) ?? 10) * power;
}
