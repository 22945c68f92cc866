/**
 * Probing without a plan, while the coordinator cannot be asked: rounds over all known
 * pairs, close enough together that both sides' NATs stay open from one to the next, so
 * that no common start is needed.
 */
import type { Pair } from "./pair.ts";
import { PairSchedule } from "./pair-schedule.ts";

/** From one round to the next: well inside the 30 s after which many NATs drop a UDP binding. */
const INTERVAL_MS = [5_000, 10_000, 15_000];

const ROUND = { lastsMs: 300, maxProbes: 64 } as const;

export class LoneProbing {
  readonly #random: () => number;
  #round: { readonly schedule: PairSchedule; readonly endAt: number } | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;
  #rounds = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next round need not wait. */
  hurry(now: number): void {
    this.#nextAt = now;
  }

  /** A path was found, or a plan came. */
  stop(): void {
    this.#round = undefined;
    this.#rounds = 0;
  }

  /** The pairs to ping now. A round that has begun is finished even when no other is wanted. */
  take(now: number, isWanted: boolean, pairs: readonly Pair[]): Pair[] {
    if (isWanted && this.#round === undefined && now >= this.#nextAt) this.#begin(now, pairs);
    const due = this.#round?.schedule.take(now) ?? [];
    if (this.#round !== undefined && now >= this.#round.endAt) this.#round = undefined;
    return due.map(({ pair }) => pair);
  }

  nextDeadline(isWanted: boolean): number {
    if (this.#round !== undefined) return Math.min(this.#round.endAt, this.#round.schedule.nextDeadline());
    return isWanted ? this.#nextAt : Number.POSITIVE_INFINITY;
  }

  #begin(now: number, pairs: readonly Pair[]): void {
    const endAt = now + ROUND.lastsMs;
    const schedule = new PairSchedule({ startAt: now, endAt, maxProbes: ROUND.maxProbes, random: this.#random });
    for (const pair of pairs) schedule.add(pair, now);
    this.#round = { schedule, endAt };
    this.#nextAt = now + (INTERVAL_MS[Math.min(this.#rounds++, INTERVAL_MS.length - 1)] ?? 0);
  }
}
