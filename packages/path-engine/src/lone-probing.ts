/**
 * Probing without a plan, while the coordinator cannot be asked: rounds over all known
 * pairs, close enough together that both sides' NATs stay open from one to the next, so
 * that no common start is needed.
 */
import type { Stage } from "@pinhole/protocol/punch";
import type { Pair } from "./pair.ts";
import { ProbeRun } from "./probe-run.ts";

/** From one round to the next: well inside the 30 s after which many NATs drop a UDP binding. */
const INTERVAL_MS = [5_000, 10_000, 15_000];

const ROUND: readonly Stage[] = [{ kind: "simultaneous", startMs: 0, endMs: 300, maxProbes: 64 }];

export class LoneProbing {
  readonly #random: () => number;
  #run: ProbeRun | undefined;
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
    this.#run = undefined;
    this.#rounds = 0;
  }

  /** The pairs to ping now. A round that has begun is finished even when no other is wanted. */
  take(now: number, isWanted: boolean, pairs: readonly Pair[]): Pair[] {
    if (isWanted && this.#run === undefined && now >= this.#nextAt) this.#begin(now, pairs);
    const due = this.#run?.take(now) ?? [];
    if (this.#run !== undefined && now >= this.#run.endAt) this.#run = undefined;
    return due;
  }

  nextDeadline(isWanted: boolean): number {
    if (this.#run !== undefined) return this.#run.nextDeadline();
    return isWanted ? this.#nextAt : Number.POSITIVE_INFINITY;
  }

  #begin(now: number, pairs: readonly Pair[]): void {
    this.#run = new ProbeRun(ROUND, { startAt: now, random: this.#random });
    for (const pair of pairs) this.#run.add(pair, now);
    this.#nextAt = now + (INTERVAL_MS[Math.min(this.#rounds++, INTERVAL_MS.length - 1)] ?? 0);
  }
}
