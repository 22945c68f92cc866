/**
 * A token bucket for each source address, in a table of bounded size.
 *
 * Sources can be forged, so the table can be filled at will: the source heard from least recently goes first, and
 * what the limit protects then is memory and one honest source from another, not the uplink.
 * An IPv6 host owns a whole /64; it has one bucket for it.
 */
import { addressFamily, prefixOf } from "@pinhole/protocol";

type Bucket = { tokens: number; filledAt: number };

const MAX_SOURCES = 10_000;

type RateLimitOptions = { readonly ratePerSecond: number; readonly burst?: number; readonly maxSources?: number };

export class RateLimit {
  readonly #ratePerSecond: number;
  readonly #burst: number;
  readonly #maxSources: number;
  /** In order of last use: a Map iterates in order of insertion. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({ ratePerSecond, burst = ratePerSecond, maxSources = MAX_SOURCES }: RateLimitOptions) {
    this.#ratePerSecond = ratePerSecond;
    // One second's worth at once: an agent opens several sockets and asks each server from all of them.
    this.#burst = burst;
    this.#maxSources = maxSources;
  }

  /** How many sources are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one token of the source's bucket, if it has one. `now` is in milliseconds on a monotonic clock. */
  allows(address: string, now: number): boolean {
    const key = addressFamily(address) === 6 ? prefixOf(address, 64).address : address;
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, filledAt: now };
    const earned = ((now - bucket.filledAt) / 1_000) * this.#ratePerSecond;
    bucket.tokens = Math.min(this.#burst, bucket.tokens + earned);
    bucket.filledAt = now;

    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxSources) this.#forgetOldest();

    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
