/**
 * Remembers which 64-bit counters have been taken under one key, so that none is taken
 * twice (RFC 6479): a ring of words, one more than the window needs, where moving forward
 * clears whole words. {@link isNew} may be asked of anybody's datagram; {@link take} is for
 * authentic ones alone, or a forger could move the window.
 */
const WORD_BITS = 32n;
const WORDS = 64;

/** How far behind the newest counter one is still told from a replay: about five seconds of the busiest sender. */
export const REPLAY_WINDOW = BigInt(WORDS - 1) * WORD_BITS;

export class ReplayWindow {
  readonly #ring = new Uint32Array(WORDS);
  #newest = -1n;

  isNew(counter: bigint): boolean {
    if (counter > this.#newest) return true;
    if (counter <= this.#newest - REPLAY_WINDOW) return false;
    return ((this.#ring[slotOf(counter)] ?? 0) & bitOf(counter)) === 0;
  }

  /** Call only after {@link isNew} said yes and the datagram proved authentic. */
  take(counter: bigint): void {
    if (counter > this.#newest) {
      this.#clearTo(counter);
      this.#newest = counter;
    }
    const slot = slotOf(counter);
    this.#ring[slot] = (this.#ring[slot] ?? 0) | bitOf(counter);
  }

  #clearTo(counter: bigint): void {
    const words = this.#newest < 0n ? BigInt(WORDS) : counter / WORD_BITS - this.#newest / WORD_BITS;
    if (words >= BigInt(WORDS)) {
      this.#ring.fill(0);
      return;
    }
    for (let ahead = 0n; ahead < words; ahead++) this.#ring[slotOf(counter - ahead * WORD_BITS)] = 0;
  }
}

function slotOf(counter: bigint): number {
  return Number((counter / WORD_BITS) % BigInt(WORDS));
}

function bitOf(counter: bigint): number {
  return 1 << Number(counter % WORD_BITS);
}
