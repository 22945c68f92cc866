/** Monotonic milliseconds, read from the system once for all packets that come at once: for each of them it would cost more than their checksums. */
export class TurnClock {
  #now = performance.now();
  readonly now = (): number => this.#now;

  refresh(): void {
    this.#now = performance.now();
  }
}
