/** Budgets: how often something may happen, with a burst, on the caller's clock. */
export type Rate = { readonly perSecond: number; readonly burst: number };

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #refill(now: number): void {
    const earned = (Math.max(0, now - this.#at) * this.#rate.perSecond) / 1_000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned);
    this.#at = Math.max(this.#at, now);
  }
}

/** How many keys are remembered. Beyond, the oldest is forgotten, which only ever gives it a new burst. */
const MAX_KEYS = 2_048;

/** One bucket a key, such as a target's address. */
export class KeyedBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  take(key: string, now: number): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#rate, now);
      this.#makeRoom();
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now);
  }

  #makeRoom(): void {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
