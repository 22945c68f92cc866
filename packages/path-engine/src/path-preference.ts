/**
 * Which of two verified pairs is better, with enough resistance that two good paths do not
 * take turns. Kind first where round trips are alike, then round trip.
 */
import type { PathType } from "@pinhole/protocol/control";
import type { ProbeStats } from "./probe-stats.ts";

export type Contender = { readonly type: PathType; readonly stats: ProbeStats };

/** A faster path must be faster by this, or by {@link MARGIN_RATIO} of the round trip. */
const MARGIN_MS = 5;
const MARGIN_RATIO = 0.15;

/** One quick pong may be luck. */
export const MIN_SAMPLES = 3;

/** Below this, measured loss is mostly chance: at ten per cent, a window of 32 pings shows twice that now and then. */
const HEAVY_LOSS = 0.25;

const RANK: Record<PathType, number> = { lan: 0, ipv6: 1, mapped: 2, punched: 2 };

export function rankOf({ type }: Pick<Contender, "type">): number {
  return RANK[type];
}

/** Whether the challenger would be better than the incumbent if its round trip so far is the truth. */
export function looksBetter(challenger: Contender, incumbent: Contender, now: number): boolean {
  const cost = costOf(challenger, now);
  const incumbentCost = costOf(incumbent, now);
  const margin = Math.max(MARGIN_MS, MARGIN_RATIO * incumbentCost);
  const rank = rankOf(challenger) - rankOf(incumbent);
  if (rank < 0) return cost <= incumbentCost + margin;
  // Twice the margin against a better kind: what lost by this would win by the line above otherwise, and back again.
  return cost < incumbentCost - (rank === 0 ? margin : 2 * margin);
}

export function isBetter(challenger: Contender, incumbent: Contender, now: number): boolean {
  return challenger.stats.samples >= MIN_SAMPLES && looksBetter(challenger, incumbent, now);
}

function costOf({ stats }: Contender, now: number): number {
  const rttMs = stats.rttMs ?? Number.POSITIVE_INFINITY;
  const loss = stats.lossRatio(now) ?? 0;
  return loss < HEAVY_LOSS ? rttMs : rttMs * (1 + 4 * loss);
}
