/**
 * Notices that the machine was asleep: its uptime counts that, the clock that the program runs on does not. A wall clock
 * that somebody set moves neither.
 */

/** Above what two readings of a busy machine differ by, below what any network connection outlives. */
const SLEPT_MS = 3_000;

type Clocks = {
  /** Counts sleep. */
  readonly uptimeMs: () => number;
  /** Stands still in it. */
  readonly monotonicMs: () => number;
};

export class SleepWatch {
  readonly #clocks: Clocks;
  #apart: number;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#apart = this.#read();
  }

  /** Whether it slept since this was last asked. */
  hasSlept(): boolean {
    const before = this.#apart;
    this.#apart = this.#read();
    return this.#apart - before > SLEPT_MS;
  }

  #read(): number {
    return this.#clocks.uptimeMs() - this.#clocks.monotonicMs();
  }
}
