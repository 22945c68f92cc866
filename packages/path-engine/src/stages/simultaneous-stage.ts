/**
 * Both sides ping all pairs from the same moment on: each side's first packet opens its own
 * NAT, and one of the next ones finds the other's open.
 */
import type { StageOf } from "@pinhole/protocol/punch";
import type { Pair } from "../pair.ts";
import { PairSchedule } from "../pair-schedule.ts";
import { SHORT_TTL } from "./short-ttl.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

export class SimultaneousStage implements StageRun {
  readonly #hands: StageContext["hands"];
  readonly #schedule: PairSchedule;
  readonly #isPriming: boolean;

  constructor({ maxProbes, primes }: StageOf<"simultaneous">, { startAt, endAt, random, hands, role }: StageContext) {
    this.#hands = hands;
    this.#schedule = new PairSchedule({ startAt, endAt, maxProbes, random });
    this.#isPriming = primes === "both" || primes === role;
  }

  add(pair: Pair, now: number): void {
    this.#schedule.add(pair, now);
  }

  onHeard(): void {
    // The engine makes a pair of it, and adds that.
  }

  onNote(): void {
    // Nothing is told that candidates do not say.
  }

  run(now: number): void {
    for (const { pair, isFirst } of this.#schedule.take(now)) {
      this.#hands.ping(pair, isFirst && this.#isPriming ? SHORT_TTL : undefined);
    }
  }

  nextDeadline(): number {
    return this.#schedule.nextDeadline();
  }
}
