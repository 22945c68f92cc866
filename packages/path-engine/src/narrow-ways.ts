/** Addresses of one peer to which small packets get through and the tunnel's do not: pongs from there make no path for a while. */
import type { Pair } from "./pair.ts";

/** Doubled each time: what is in the way seldom goes, and to look costs the seconds in which packets are lost. */
const FIRST_MS = 600_000;
const LONGEST_MS = 3_600_000;

/** More addresses than anybody has. */
const MAX_WAYS = 16;

type Way = { readonly until: number; readonly forMs: number };

export class NarrowWays {
  readonly #ways = new Map<string, Way>();

  add({ endpoint }: Pick<Pair, "endpoint">, now: number): void {
    const before = this.#ways.get(endpoint.address);
    const forMs = before === undefined ? FIRST_MS : Math.min(LONGEST_MS, 2 * before.forMs);
    const [oldest] = this.#ways.keys();
    if (before === undefined && oldest !== undefined && this.#ways.size >= MAX_WAYS) this.#ways.delete(oldest);
    this.#ways.set(endpoint.address, { until: now + forMs, forMs });
  }

  has({ endpoint }: Pick<Pair, "endpoint">, now: number): boolean {
    return now < (this.#ways.get(endpoint.address)?.until ?? Number.NEGATIVE_INFINITY);
  }

  isEmpty(now: number): boolean {
    return [...this.#ways.values()].every(({ until }) => now >= until);
  }

  /** On another network everything is another way. */
  clear(): void {
    this.#ways.clear();
  }
}
