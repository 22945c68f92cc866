/**
 * Both sides ping all pairs from the same moment on: each side's first packet opens its own
 * NAT, and one of the next ones finds the other's open.
 */
import type { StageOf } from "@pinhole/protocol/punch";
import type { Pair } from "./pair.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

/** Dense at first, where two starts that are apart by the clocks' error meet; then spread against loss. */
const SCHEDULE_MS = [0, 20, 50, 100, 200, 400, 800];

/** Keeps the rounds of many pairs and many attempts from falling on the same moment. The first round is exact: it is the common start. */
const JITTER_MS = 5;

type Shot = { readonly at: number; readonly pair: Pair };

export class SimultaneousStage implements StageRun {
  readonly #startAt: number;
  readonly #endAt: number;
  readonly #random: () => number;
  #left: number;
  /** In order of time, so that a small budget goes to first rounds. */
  #shots: Shot[] = [];

  constructor(stage: StageOf<"simultaneous">, { startAt, random }: StageContext) {
    this.#startAt = startAt;
    this.#endAt = startAt + (stage.endMs - stage.startMs);
    this.#random = random;
    this.#left = stage.maxProbes;
  }

  add(pair: Pair, from: number): void {
    const first = Math.max(from, this.#startAt);
    for (const offset of SCHEDULE_MS) {
      const at = first + offset + (offset === 0 ? 0 : this.#random() * JITTER_MS);
      if (at < this.#endAt) this.#shots.push({ at, pair });
    }
    this.#shots.sort((a, b) => a.at - b.at);
  }

  take(now: number): Pair[] {
    const due = this.#shots.findIndex(({ at }) => at > now);
    const taken = this.#shots.splice(0, due === -1 ? this.#shots.length : due).slice(0, this.#left);
    this.#left -= taken.length;
    if (this.#left <= 0) this.#shots = [];
    return taken.map(({ pair }) => pair);
  }

  nextDeadline(): number {
    return this.#shots[0]?.at ?? Number.POSITIVE_INFINITY;
  }
}
