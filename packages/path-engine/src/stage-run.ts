/** One stage of an attempt at work. Another technique is another implementation. */
import type { Pair } from "./pair.ts";

export interface StageRun {
  /** A pair to be probed: from the start, or from `from` on when it is learnt in the middle. */
  add(pair: Pair, from: number): void;
  /** The pairs to ping now, each as often as it is named. */
  take(now: number): Pair[];
  nextDeadline(): number;
}

/** `random` yields numbers in [0, 1). */
export type StageContext = { readonly startAt: number; readonly random: () => number };
