/**
 * How long a silent binding lives, from trials of one length of silence each: longer ones as long as it survives, then halves
 * between what it survived and what it did not. Pure.
 */

/** From below what nearly every NAT gives to beyond what anybody waits for. */
const LADDER_MS = [30_000, 60_000, 120_000, 240_000];

/** Tried where the first rung is too high. */
const SHORTEST_MS = [15_000, 10_000];

/** Near enough: what is made of it is shorter by more. */
const CLOSE_RATIO = 0.2;

export class LifetimeSearch {
  #survivedMs = 0;
  #diedMs = Number.POSITIVE_INFINITY;

  /** The longest silence survived so far; undefined when none was. */
  get lifetimeMs(): number | undefined {
    return this.#survivedMs === 0 ? undefined : this.#survivedMs;
  }

  /** The silence to try next; undefined when it is known well enough. */
  next(): number | undefined {
    if (this.#diedMs === Number.POSITIVE_INFINITY) return LADDER_MS.find((rung) => rung > this.#survivedMs);
    if (this.#survivedMs === 0) return SHORTEST_MS.find((rung) => rung < this.#diedMs);
    const isClose = this.#diedMs - this.#survivedMs <= CLOSE_RATIO * this.#diedMs;
    return isClose ? undefined : Math.round((this.#survivedMs + this.#diedMs) / 2);
  }

  onSurvived(silentMs: number): void {
    this.#survivedMs = Math.max(this.#survivedMs, silentMs);
    // NATs under load are not always the same: what was seen last counts.
    if (this.#diedMs <= silentMs) this.#diedMs = Number.POSITIVE_INFINITY;
  }

  onDied(silentMs: number): void {
    this.#diedMs = Math.min(this.#diedMs, silentMs);
    if (this.#survivedMs >= silentMs) this.#survivedMs = 0;
  }
}
