/** A figure as a ratio of two things measured right after each other, so that what else the machine does weighs on both. */
import { median } from "../figure.ts";

export type Ratio = {
  readonly name: string;
  readonly unit: string;
  /** Undefined: shown for comparison alone. */
  readonly bound?: { readonly atLeast: number } | { readonly atMost: number };
  /** Each run's figure and what it is compared with. */
  readonly runs: readonly { readonly ours: number; readonly theirs: number }[];
};

export function ratioOf({ runs }: Ratio): number {
  return median(runs.map(({ ours, theirs }) => ours / theirs));
}

export function isMet(ratio: Ratio): boolean {
  const { bound } = ratio;
  if (bound === undefined) return true;
  return "atLeast" in bound ? ratioOf(ratio) >= bound.atLeast : ratioOf(ratio) <= bound.atMost;
}

const BAR_COLUMNS = 50;

/** Two bars for each, of the medians, and the median of the ratios with their range. */
export function drawRatios(ratios: readonly Ratio[]): string {
  return ratios.map(draw).join("\n\n");
}

function draw(ratio: Ratio): string {
  const { name, unit, runs } = ratio;
  const ours = median(runs.map((run) => run.ours));
  const theirs = median(runs.map((run) => run.theirs));
  const bar = (value: number): string =>
    "█".repeat(Math.max(1, Math.round((value / Math.max(ours, theirs)) * BAR_COLUMNS)));
  const ratios = runs.map((run) => run.ours / run.theirs);
  const range = `${round(Math.min(...ratios))} to ${round(Math.max(...ratios))}, n = ${runs.length}`;
  return [
    name,
    `  ours    ${bar(ours)} ${round(ours)} ${unit}`,
    `  theirs  ${bar(theirs)} ${round(theirs)} ${unit}`,
    `  ratio ${round(ratioOf(ratio))} (${range})${verdictOn(ratio)}`,
  ].join("\n");
}

function verdictOn(ratio: Ratio): string {
  const { bound } = ratio;
  if (bound === undefined) return "";
  const wanted = "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
  return `, wanted ${wanted}: ${isMet(ratio) ? "ok" : "MISSED"}`;
}

function round(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}
