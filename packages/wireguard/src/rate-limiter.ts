/**
 * Handshakes that one host may have while we are under load: 20 a second, 5 at once, as in
 * wireguard-go. Hosts are counted only after their cookie proved them, so the table cannot be
 * filled with forged addresses; it is bounded all the same, and who finds it full waits.
 */
const PER_SECOND = 20;
const BURST = 5;
const MAX_HOSTS = 4_096;

/** After this long a bucket is full again and need not be remembered. */
const REFILL_MS = (BURST / PER_SECOND) * 1_000;

type Bucket = { tokens: number; at: number };

export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  #sweptAt = 0;

  allows(host: string, now: number): boolean {
    const bucket = this.#buckets.get(host) ?? this.#newBucket(host, now);
    if (bucket === undefined) return false;
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) * PER_SECOND) / 1_000);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #newBucket(host: string, now: number): Bucket | undefined {
    if (this.#buckets.size >= MAX_HOSTS) this.#sweep(now);
    if (this.#buckets.size >= MAX_HOSTS) return undefined;
    const bucket = { tokens: BURST, at: now };
    this.#buckets.set(host, bucket);
    return bucket;
  }

  /** At most once a refill: a full table must not be walked for every packet. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < REFILL_MS) return;
    this.#sweptAt = now;
    for (const [host, { at }] of this.#buckets) if (now - at >= REFILL_MS) this.#buckets.delete(host);
  }
}
