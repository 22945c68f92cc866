/**
 * To which relays a connection is held: those that are wanted, for a while those that were, and each of the others long
 * enough to be measured now and then. Sans-I/O: every call brings the time.
 */

/** Far more than one team's devices can be spread over. */
const MAX_HELD = 8;
/** Distances change when networks do, and seldom otherwise. */
const SURVEY_INTERVAL_MS = 10 * 60_000;
const SURVEYED_AT_ONCE = 4;
/** A peer that comes and goes is no reason to connect each time. */
const LINGER_MS = 30_000;

export class RelayHolding {
  #names: readonly string[] = [];
  readonly #surveyedAt = new Map<string, number>();
  readonly #wantedAt = new Map<string, number>();

  setRelays(names: readonly string[]): void {
    this.#names = names;
    for (const known of [this.#surveyedAt, this.#wantedAt]) {
      for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
    }
  }

  /** Measured, or tried in vain. */
  onSurveyed(name: string, now: number): void {
    this.#surveyedAt.set(name, now);
  }

  /** Everything is somewhere else now. */
  onNetworkChange(): void {
    this.#surveyedAt.clear();
  }

  held(wanted: ReadonlySet<string>, now: number): readonly string[] {
    for (const name of wanted) this.#wantedAt.set(name, now);
    const surveyed = this.#names.filter((name) => this.#surveyDueAt(name) <= now).slice(0, SURVEYED_AT_ONCE);
    const lingering = this.#names.filter((name) => now - (this.#wantedAt.get(name) ?? -LINGER_MS) < LINGER_MS);
    const known = new Set(this.#names);
    return [...new Set([...wanted, ...surveyed, ...lingering])].filter((name) => known.has(name)).slice(0, MAX_HELD);
  }

  /** When {@link held} may say something else of what is not wanted. */
  nextDeadline(wanted: ReadonlySet<string>, now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const name of this.#names) {
      const lingersUntil = (this.#wantedAt.get(name) ?? -LINGER_MS) + LINGER_MS;
      if (!wanted.has(name) && lingersUntil > now) earliest = Math.min(earliest, lingersUntil);
      const dueAt = this.#surveyDueAt(name);
      if (dueAt > now) earliest = Math.min(earliest, dueAt);
    }
    return earliest;
  }

  #surveyDueAt(name: string): number {
    const at = this.#surveyedAt.get(name);
    return at === undefined ? Number.NEGATIVE_INFINITY : at + SURVEY_INTERVAL_MS;
  }
}
