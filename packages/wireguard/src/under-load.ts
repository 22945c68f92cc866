/**
 * Decides when handshakes come faster than we are willing to compute them.
 *
 * There is no queue to measure, since every datagram is handled as it comes. So this keeps
 * the length of the queue that a worker of {@link SERVED_PER_SECOND} would have, and calls
 * it load at 128, where wireguard-go does, and for a second after.
 */
const QUEUE_LIMIT = 128;
const HOLD_MS = 1_000;

/** About a seventh of a core at 0.3 ms a handshake, and 1,000 peers that return within two seconds need no cookie. */
const SERVED_PER_SECOND = 500;

export class LoadMeter {
  #queued = 0;
  #measuredAt = 0;
  #loadedUntil = Number.NEGATIVE_INFINITY;

  /** Counts one handshake message, and says whether it found us busy. */
  arrive(now: number): boolean {
    const served = ((now - this.#measuredAt) * SERVED_PER_SECOND) / 1_000;
    this.#queued = Math.min(Math.max(0, this.#queued - served) + 1, QUEUE_LIMIT);
    this.#measuredAt = now;
    if (this.#queued >= QUEUE_LIMIT) this.#loadedUntil = now + HOLD_MS;
    return now < this.#loadedUntil;
  }
}
