export type ThrottleOptions = {
  /** Tries at once. */
  readonly burst: number;
  /** After which one more try is earned. */
  readonly refillMs: number;
  /** Bounds what strangers can make the server remember. */
  readonly maxKeys?: number;
};

type Bucket = { tokens: number; at: number };

/** A token bucket for each key. When there are too many keys, the one that was used longest ago is forgotten. */
export class Throttle {
  readonly #buckets = new Map<string, Bucket>();
  readonly #options: Required<ThrottleOptions>;

  constructor(options: ThrottleOptions) {
    this.#options = { maxKeys: 10_000, ...options };
  }

  /** Spends one try of `key`; false when there is none. */
  take(key: string, now: Date): boolean {
    const { burst, refillMs, maxKeys } = this.#options;
    const at = now.getTime();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at };
    // A clock that was set back earns nothing and costs nothing.
    const earned = Math.max(0, at - bucket.at) / refillMs;
    const tokens = Math.min(burst, bucket.tokens + earned);
    const isAllowed = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, at });
    if (this.#buckets.size > maxKeys) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return isAllowed;
  }

  /** Gives `key` all its tries back. */
  reset(key: string): void {
    this.#buckets.delete(key);
  }
}
