/**
 * Whether bindings end at an age, whatever they carry: some carriers' NATs do that each minute. Learnt from the main binding,
 * which is kept and yet moves, again and again after the same time.
 *
 *     seen same ── death somewhere here ── seen elsewhere       two such windows bound one lifetime
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";

/** Two lifetimes in a row that may be one and the same. */
const LIFETIMES = 2;

/** Shorter ones are of NATs that forget what is silent, and longer ones of providers who renumber: neither is cured by another socket. */
const SHORTEST_MS = 25_000;
const LONGEST_MS = 3_600_000;

/** NATs sweep now and then, and not at the moment. */
const TOLERANCE = 0.9;

/** From when to when, as far as it was watched. */
type Span = { readonly from: number; readonly to: number };

const ANY: Span = { from: 0, to: Number.POSITIVE_INFINITY };

export class AbsoluteLifetime {
  #seen: { readonly server: Endpoint; readonly mapped: Endpoint; readonly at: number } | undefined;
  #death: Span | undefined;
  #bounds: Span = ANY;
  /** How many in a row agree with them. */
  #lifetimes = 0;
  #lifetimeMs: number | undefined;

  /** Undefined where none shows. */
  get lifetimeMs(): number | undefined {
    return this.#lifetimeMs;
  }

  /** The main socket, as that server sees it; true when something was learnt by it. */
  onSeen(server: Endpoint, mapped: Endpoint, now: number): boolean {
    const before = this.#seen;
    this.#seen = { server, mapped, at: now };
    // Each server may be shown another port.
    if (before === undefined || !endpointsEqual(before.server, server)) return false;
    if (endpointsEqual(before.mapped, mapped)) return false;
    const death = { from: before.at, to: now };
    const previous = this.#death;
    this.#death = death;
    return previous !== undefined && this.#learn({ from: death.from - previous.to, to: death.to - previous.from });
  }

  forget(): void {
    this.#seen = undefined;
    this.#death = undefined;
    this.#bounds = ANY;
    this.#lifetimes = 0;
    this.#lifetimeMs = undefined;
  }

  /** Each further lifetime makes the bounds closer, however loosely it was watched itself. */
  #learn({ from, to }: Span): boolean {
    const known = this.#lifetimeMs;
    const both = { from: Math.max(this.#bounds.from, from), to: Math.min(this.#bounds.to, to) };
    const isSame = both.to >= TOLERANCE * both.from;
    this.#bounds = isSame ? both : { from, to };
    this.#lifetimes = isSame ? this.#lifetimes + 1 : 1;
    const least = Math.min(this.#bounds.from, this.#bounds.to);
    if (this.#lifetimes >= LIFETIMES && least >= SHORTEST_MS && this.#bounds.to <= LONGEST_MS)
      this.#lifetimeMs = Math.round(least);
    return this.#lifetimeMs !== known;
  }
}
