/** The server's clock as this device estimates it: its own monotonic one, shifted. */
export class ServerClock {
  #offsetMs = 0;
  #uncertaintyMs = 0;

  get uncertaintyMs(): number {
    return this.#uncertaintyMs;
  }

  set(offsetMs: number, uncertaintyMs: number): void {
    this.#offsetMs = offsetMs;
    this.#uncertaintyMs = Math.max(0, uncertaintyMs);
  }

  /** Milliseconds since the epoch on the server's clock, of a moment on ours. */
  at(monotonic: number): number {
    return monotonic + this.#offsetMs;
  }

  /** The moment on our clock of a time on the server's. */
  toMonotonic(serverTime: number): number {
    return serverTime - this.#offsetMs;
  }
}
