/** How many bytes a client may send: a steady rate, and a burst above it. */
export class ByteBucket {
  readonly #bytesPerMs: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  constructor({ bytesPerSecond, burst, now }: { bytesPerSecond: number; burst: number; now: number }) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#burst = burst;
    this.#left = burst;
    this.#at = now;
  }

  take(bytes: number, now: number): boolean {
    // A clock that was set back earns nothing and costs nothing.
    this.#left = Math.min(this.#burst, this.#left + Math.max(0, now - this.#at) * this.#bytesPerMs);
    this.#at = now;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
