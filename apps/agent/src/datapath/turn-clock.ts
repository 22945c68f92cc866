/** Monotonic milliseconds, read from the system once for all packets that come at once: for each of them it would cost more than their checksums. */
export class TurnClock {
  /**
   * May be undefined for V8's sake, which then keeps the number as the object that it came as. A field that is only ever a
   * number holds the bare bits, and is made a new object of for each call that it is handed to: some for each packet.
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
