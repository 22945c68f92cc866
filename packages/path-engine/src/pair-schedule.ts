/** When to ping which pair, from a start on: for a plan's common start, and for rounds without one. */
import type { Pair } from "./pair.ts";

/** Dense at first, where two starts that are apart by the clocks' error meet; then spread against loss. */
const SCHEDULE_MS = [0, 20, 50, 100, 200, 400, 800];

/** Keeps the rounds of many pairs and many attempts from falling on the same moment. The first round is exact: it is the common start. */
const JITTER_MS = 5;

export type PairShot = { readonly at: number; readonly pair: Pair; readonly isFirst: boolean };

export type PairScheduleOptions = {
  readonly startAt: number;
  readonly endAt: number;
  readonly maxProbes: number;
  readonly random: () => number;
};

export class PairSchedule {
  readonly #options: PairScheduleOptions;
  #left: number;
  /** In order of time, so that a small budget goes to first rounds. */
  #shots: PairShot[] = [];

  constructor(options: PairScheduleOptions) {
    this.#options = options;
    this.#left = options.maxProbes;
  }

  add(pair: Pair, from: number): void {
    const { startAt, endAt, random } = this.#options;
    const first = Math.max(from, startAt);
    for (const offset of SCHEDULE_MS) {
      const at = first + offset + (offset === 0 ? 0 : random() * JITTER_MS);
      if (at < endAt) this.#shots.push({ at, pair, isFirst: offset === 0 });
    }
    this.#shots.sort((a, b) => a.at - b.at);
  }

  take(now: number): PairShot[] {
    const due = this.#shots.findIndex(({ at }) => at > now);
    const taken = this.#shots.splice(0, due === -1 ? this.#shots.length : due).slice(0, this.#left);
    this.#left -= taken.length;
    if (this.#left <= 0) this.#shots = [];
    return taken;
  }

  nextDeadline(): number {
    return this.#shots[0]?.at ?? Number.POSITIVE_INFINITY;
  }
}
