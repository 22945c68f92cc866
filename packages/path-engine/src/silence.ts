/**
 * How long a path has owed pongs.
 *
 *     ping ─ patience ─ ping ─ patience ─ ping … suspicious
 *
 * A pong that is late is not waited for: the next pings leave meanwhile, so that one which is lost costs nothing, and the
 * silence is measured from the first of them. A long round trip has its patience, and so has one that varies.
 */

/** Queues of half a second are everyday. */
const SUSPICIOUS_MS = 600;

/** Two in a row at least: one lost ping in ten is common where a path is well worth having. */
const MIN_PINGS = 2;

/** A pong is late no earlier than this, even on a fast path. */
const MIN_PATIENCE_MS = 200;
export const MAX_PATIENCE_MS = 3_000;

export class Silence {
  #since: number | undefined;
  #pings = 0;

  /** Two pongs are late. */
  get hasLate(): boolean {
    return this.#pings > MIN_PINGS;
  }

  onPing(now: number): void {
    this.#since ??= now;
    this.#pings++;
  }

  /** A pong came, or the path is another one. */
  end(): void {
    this.#since = undefined;
    this.#pings = 0;
  }

  /** Too little by itself, enough where something else speaks against the path as well. */
  isLate(lateMs: number, now: number): boolean {
    return this.#since !== undefined && now - this.#since >= Math.min(lateMs, MAX_PATIENCE_MS);
  }

  /** When it is suspicious, if nothing comes until then; `lateMs` is what the path's round trips explain. */
  suspiciousAt(lateMs: number): number {
    if (this.#since === undefined || this.#pings < MIN_PINGS) return Number.POSITIVE_INFINITY;
    return this.#since + Math.max(SUSPICIOUS_MS, MIN_PINGS * patienceOf(lateMs));
  }
}

/** How long a pong is waited for before the next ping. */
export function patienceOf(lateMs: number): number {
  return Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, lateMs));
}
