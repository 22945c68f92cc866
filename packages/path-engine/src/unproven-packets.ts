/**
 * What was sent to one peer by its direct path and is not known to have arrived: copies of sealed packets, to go by the relay
 * when the path comes into doubt. Those that had arrived are copies to the receiver, whose replay window drops them.
 *
 * A pong proves all that left before its ping. What a fast flow sends from one proof to the next is more than is worth
 * keeping: then nothing is kept until the next one. Such flows are those of protocols that repeat by themselves.
 */

/** Far inside WireGuard's replay window of 8,128, and no more than a relay takes at once. */
const MAX_PACKETS = 1_024;
/** From the last proof to doubt, some 2.5 Mbit/s. */
const MAX_BYTES = 512 * 1_024;

/** Of all peers together. */
const MAX_BYTES_IN_ALL = 8 * 1_024 * 1_024;

export class UnprovenBudget {
  left = MAX_BYTES_IN_ALL;
}

type Kept = { readonly sentAt: number; readonly bytes: Uint8Array };

export class UnprovenPackets {
  readonly #budget: UnprovenBudget;
  #kept: Kept[] = [];
  #bytes = 0;
  #isOverrun = false;

  constructor(budget: UnprovenBudget) {
    this.#budget = budget;
  }

  /** More was sent since the last proof than may be kept: nothing is until the next one. */
  get isOverrun(): boolean {
    return this.#isOverrun;
  }

  /** The bytes are copied. */
  keep(bytes: Uint8Array, now: number): void {
    if (this.#isOverrun) return;
    const hasRoom = this.#kept.length < MAX_PACKETS && this.#bytes + bytes.length <= MAX_BYTES;
    if (!hasRoom || bytes.length > this.#budget.left) {
      this.#forget(this.#kept.length);
      this.#isOverrun = true;
      return;
    }
    this.#kept.push({ sentAt: now, bytes: new Uint8Array(bytes) });
    this.#count(bytes.length);
  }

  /** All that was sent until then has arrived. */
  prove(until: number): void {
    const first = this.#kept.findIndex(({ sentAt }) => sentAt > until);
    this.#forget(first === -1 ? this.#kept.length : first);
    this.#isOverrun = false;
  }

  /** In the order in which they were sent. */
  take(): Uint8Array[] {
    const taken = this.#kept.map(({ bytes }) => bytes);
    this.#forget(this.#kept.length);
    this.#isOverrun = false;
    return taken;
  }

  #forget(count: number): void {
    for (const { bytes } of this.#kept.splice(0, count)) this.#count(-bytes.length);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.left -= bytes;
  }
}
