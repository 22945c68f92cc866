/**
 * Remembers which counters of a session have been taken, so that none is taken twice (RFC 6479).
 *
 * A ring of 32-bit words, one more than the window needs: moving forward clears whole
 * words instead of shifting bits. {@link isNew} may be asked of anybody's packet;
 * {@link take} is for authentic ones alone, or a forger could move the window.
 */
import { REPLAY_WINDOW_MESSAGES } from "./constants.ts";
import { distance } from "./counter.ts";

const WORD_BITS = 32;
const WORDS = 256; // a power of two, so that (lo >>> 5) & 255 goes round where the 64-bit counter does

export class ReplayWindow {
  readonly #ring = new Uint32Array(WORDS);
  readonly #newest = { hi: 0, lo: 0 };

  isNew(hi: number, lo: number): boolean {
    const ahead = distance(hi, lo, this.#newest);
    if (ahead > 0) return true;
    if (ahead < -REPLAY_WINDOW_MESSAGES) return false;
    return ((this.#ring[wordOf(lo)] ?? 0) & bitOf(lo)) === 0;
  }

  /** Call only after {@link isNew} said yes and the packet proved authentic. */
  take(hi: number, lo: number): void {
    const ahead = distance(hi, lo, this.#newest);
    if (ahead > 0) {
      this.#clearBetween(wordOf(this.#newest.lo), wordOf(lo), ahead);
      this.#newest.hi = hi;
      this.#newest.lo = lo;
    }
    const word = wordOf(lo);
    this.#ring[word] = (this.#ring[word] ?? 0) | bitOf(lo);
  }

  #clearBetween(from: number, to: number, ahead: number): void {
    if (ahead >= (WORDS - 1) * WORD_BITS) {
      this.#ring.fill(0);
      return;
    }
    for (let word = from; word !== to; ) {
      word = (word + 1) % WORDS;
      this.#ring[word] = 0;
    }
  }
}

function wordOf(lo: number): number {
  return (lo >>> 5) % WORDS;
}

function bitOf(lo: number): number {
  return 1 << (lo & (WORD_BITS - 1));
}
