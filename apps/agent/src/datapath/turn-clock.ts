/** Monotonic milliseconds, read from the system once for all packets that come at once: for each of them it would cost more than their checksums. */
export class TurnClock {
  /**
   * Never undefined, but V8 does not know: so it keeps the number as the object that it came as. Of a field that is only
   * ever a number it keeps the bare bits, and makes a new object of them for each call that they are handed to.
   */
  #now: number | undefined;

  constructor() {
    this.refresh();
  }

  readonly now = (): number => this.#now ?? 0;

  refresh(): void {
    this.#now = performance.now();
  }
}
