/**
 * When to ask the coordinator for the next plan for one peer.
 *
 * Never for good: after each failure the wait grows to a minute and stays there as long as
 * there is traffic, and any network event of either side begins anew, because it may be the
 * one that makes the difference.
 */
import type { Trigger } from "@pinhole/protocol/control";

const BACKOFF_MS = [5_000, 10_000, 20_000, 40_000, 60_000];

/** Waits differ by up to this share either way, so that peers which failed together do not all retry together. */
const JITTER = 0.1;

/** How soon after one request events may cause the next. */
const MIN_SPACING_MS = 2_000;

/** A plan that has not come by then was lost, or nobody made it. */
export const PLAN_WAIT_MS = 5_000;

/** A round trip to a STUN server, of most. */
const LOOK_MS = 100;

/** The plan under way for the pair has ended here and not yet by the server's clock. */
const STILL_UNDER_WAY_MS = 250;

/** How often to say that a plan for which others come first is still wanted. */
const TURN_MS = 10_000;

/** The wait when the dashboard cannot be asked: short and constant, because any moment may be the first that it can. */
const OFFLINE_MS = 5_000;

export class Retry {
  readonly #random: () => number;
  #trigger: Trigger = "traffic";
  #failures = 0;
  #notBefore = Number.NEGATIVE_INFINITY;
  #lastAskedAt = Number.NEGATIVE_INFINITY;
  #askedAt: number | undefined;
  #plannedAt = Number.NEGATIVE_INFINITY;
  #resetAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  get isWaiting(): boolean {
    return this.#askedAt !== undefined;
  }

  /** In a row. */
  get failures(): number {
    return this.#failures;
  }

  get trigger(): Trigger {
    return this.#trigger;
  }

  /** Something changed: the next request may go out at once. */
  reset(trigger: Trigger, now: number): void {
    this.#trigger = trigger;
    this.#failures = 0;
    this.#resetAt = now;
    this.#notBefore = Math.max(now, this.#lastAskedAt + MIN_SPACING_MS);
  }

  isDue(now: number): boolean {
    return !this.isWaiting && now >= this.#notBefore;
  }

  /** True once when the plan that was asked for has not come. */
  hasTimedOut(now: number): boolean {
    return this.#askedAt !== undefined && now >= this.#askedAt + PLAN_WAIT_MS;
  }

  onAsked(now: number): void {
    this.#askedAt = now;
    this.#lastAskedAt = now;
  }

  onPlan(now: number): void {
    this.#askedAt = undefined;
    this.#plannedAt = now;
  }

  /** The path is in doubt. Whether our own address is another is being asked, and a plan that knows is worth the moment. */
  onSuspicion(now: number): void {
    this.reset("path-lost", now);
    this.#notBefore = Math.max(this.#notBefore, now + LOOK_MS);
  }

  /** There is no budget for the request that was just settled. */
  postpone(until: number): void {
    this.#askedAt = undefined;
    this.#notBefore = until;
  }

  /** The coordinator names a plan that has ended here: no other is on its way. */
  onStale(now: number): void {
    this.postpone(now + STILL_UNDER_WAY_MS);
  }

  onOffline(now: number): void {
    this.#askedAt = undefined;
    this.#notBefore = now + this.#jittered(OFFLINE_MS);
  }

  /** The plan comes by itself; asking says that it is still wanted. */
  onTurnAwaited(now: number): void {
    this.postpone(now + this.#jittered(TURN_MS));
  }

  /** A plan was carried out in vain. Where something has changed since it came, the next one is not a repetition and need not wait. */
  onAttemptFailed(now: number): void {
    if (this.#resetAt <= this.#plannedAt) this.onFailure(now);
  }

  onFailure(now: number): void {
    this.#askedAt = undefined;
    const wait = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 0;
    this.#failures++;
    this.#trigger = "traffic";
    this.#notBefore = now + this.#jittered(wait);
  }

  /** There is a path. A plan that is still on its way will be carried out, but is not missed any more. */
  onSuccess(): void {
    this.#askedAt = undefined;
    this.#failures = 0;
    this.#trigger = "traffic";
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  nextDeadline(): number {
    return this.#askedAt === undefined ? this.#notBefore : this.#askedAt + PLAN_WAIT_MS;
  }

  #jittered(ms: number): number {
    return ms * (1 + JITTER * (2 * this.#random() - 1));
  }
}
