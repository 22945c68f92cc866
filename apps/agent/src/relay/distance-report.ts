/**
 * What peers are told of our distances to relays, and when: each report reaches all of them. A relay that is gone is told
 * at once, for they would go on sending there; the rest can wait. Sans-I/O: every call brings the time.
 */
import { MAX_RELAY_DISTANCES, type RelayDistance } from "@pinhole/protocol/control";

/** Relays come up one after another at the start: one report for all of them. */
const GATHER_MS = 1_000;
const DRIFT_MS = 30_000;
/** A distance must be another by this, or by {@link NOTABLE_RATIO}: peers compare sums with a margin of their own. */
const NOTABLE_MS = 5;
const NOTABLE_RATIO = 0.2;

export class DistanceReport {
  #told: readonly RelayDistance[] = [];
  #next: readonly RelayDistance[] = [];
  #dueAt = Number.POSITIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  get current(): RelayDistance[] {
    return [...this.#told];
  }

  /** What is measured at present, nearest first. */
  set(distances: readonly RelayDistance[], now: number): void {
    this.#next = distances.slice(0, MAX_RELAY_DISTANCES);
    const waitMs = urgency(this.#told, this.#next);
    if (waitMs === undefined) this.#dueAt = Number.POSITIVE_INFINITY;
    else if (waitMs === DRIFT_MS) this.#dueAt = Math.max(now, this.#toldAt + DRIFT_MS);
    else this.#dueAt = Math.min(this.#dueAt, now + waitMs);
  }

  /** True when there is something new to tell: {@link current} has it. */
  tick(now: number): boolean {
    if (now < this.#dueAt) return false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#toldAt = now;
    this.#told = this.#next;
    return true;
  }

  nextDeadline(): number {
    return this.#dueAt;
  }
}

/** How long it may wait; undefined when there is no news. */
function urgency(told: readonly RelayDistance[], next: readonly RelayDistance[]): number | undefined {
  const after = new Map(next.map(({ relay, rttMs }) => [relay, rttMs]));
  if (told.some(({ relay }) => !after.has(relay))) return 0;
  if (next.length > told.length) return GATHER_MS;
  const hasDrifted = told.some(({ relay, rttMs }) => {
    const byMs = Math.abs((after.get(relay) ?? rttMs) - rttMs);
    return byMs > Math.max(NOTABLE_MS, NOTABLE_RATIO * rttMs);
  });
  return hasDrifted ? DRIFT_MS : undefined;
}
