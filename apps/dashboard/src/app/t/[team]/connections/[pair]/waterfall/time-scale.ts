/**
 * The waterfall's time axis: linear near the common start, where a good attempt happens within a few round trips, and
 * logarithmic beyond, so that a spray of eight seconds fits beside it. Pure.
 */
export type TimeScale = {
  /** Milliseconds after the start → 0 to 1. */
  readonly at: (ms: number) => number;
  /** Milliseconds that get a line and a number, from left to right. */
  readonly ticks: readonly number[];
};

/** Up to here a millisecond is as wide as its neighbour. */
const LINEAR_MS = 50;
/** Kept free on both sides, so that the first and the last mark are whole. */
const MARGIN = 0.03;
const LEAST_SPAN_MS = 20;
const NICE_MS = [0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000];
/** Numbers closer than this, as a part of the width, would run into each other. */
const TICK_GAP = 0.17;

export function newTimeScale(times: readonly number[]): TimeScale {
  const first = Math.min(0, ...times);
  const last = Math.max(LEAST_SPAN_MS, ...times);
  const [low, high] = [bend(first), bend(last)];
  const at = (ms: number) => MARGIN + ((bend(ms) - low) / (high - low)) * (1 - 2 * MARGIN);

  const nice = [...NICE_MS.slice(1).map((ms) => -ms), ...NICE_MS].filter((ms) => ms >= first && ms <= last);
  // The start is always named; the others as far as there is room, the nearest to it first.
  const ticks = nice
    .toSorted((one, other) => Math.abs(one) - Math.abs(other))
    .reduce<number[]>((kept, ms) => (kept.every((each) => isApart(at(each), at(ms))) ? [...kept, ms] : kept), [])
    .toSorted((one, other) => one - other);
  return { at, ticks };
}

const bend = (ms: number) => Math.asinh(ms / LINEAR_MS);

const isApart = (one: number, other: number) => Math.abs(one - other) >= TICK_GAP;
