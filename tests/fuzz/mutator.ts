/**
 * Mutated inputs without end, the same ones in every run: an entry of a corpus with a few changes of the kinds that
 * parsers go wrong by. Quick, since there are millions: one buffer, no allocation but the view that is handed out.
 */

/** Longer than any entry may become. */
const MOST_BYTES = 2_048;
const MOST_CHANGES = 4;
/** Where off-by-one and sign errors show. */
const TELLING = [0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff] as const;

export class Mutator {
  readonly #corpus: readonly Uint8Array[];
  readonly #buffer = new Uint8Array(MOST_BYTES);
  #state: number;
  #length = 0;

  constructor(corpus: readonly Uint8Array[], seed: number) {
    if (corpus.length === 0 || corpus.some(({ length }) => length > MOST_BYTES)) throw new RangeError("no such corpus");
    this.#corpus = corpus;
    this.#state = seed | 0;
  }

  /** Where it stands: put back, it makes the same inputs again. */
  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state;
  }

  /** Valid until the next one. */
  next(): Uint8Array {
    const entry = this.#entry();
    this.#buffer.set(entry);
    this.#length = entry.length;
    for (let changes = 1 + this.#below(MOST_CHANGES); changes > 0; changes--) this.#change();
    return this.#buffer.subarray(0, this.#length);
  }

  #change(): void {
    const kind = this.#below(16);
    if (kind === 0) this.#length = this.#below(this.#length + 1);
    else if (kind === 1) this.#lengthen();
    else if (kind === 2) this.#splice();
    else if (this.#length === 0) return;
    else if (kind < 6) this.#change16();
    else if (kind < 9) this.#buffer[this.#place()] = TELLING[this.#below(TELLING.length)] ?? 0;
    else if (kind < 12) this.#buffer[this.#place()] = this.#below(256);
    else {
      const at = this.#place();
      this.#buffer[at] = (this.#buffer[at] ?? 0) ^ (1 << this.#below(8));
    }
  }

  /** Headers are at the front, so half of all changes are. */
  #place(): number {
    return this.#below(2) === 0 ? this.#below(Math.min(this.#length, 48)) : this.#below(this.#length);
  }

  /** A length or a count a little off, in either byte order. */
  #change16(): void {
    const at = this.#place();
    const value = this.#below(3) === 0 ? this.#below(0x10000) : this.#length + this.#below(65) - 32;
    const [first, second] = this.#below(2) === 0 ? [value >> 8, value] : [value, value >> 8];
    this.#buffer[at] = first;
    if (at + 1 < this.#length) this.#buffer[at + 1] = second;
  }

  #lengthen(): void {
    const length = Math.min(MOST_BYTES, this.#length + 1 + this.#below(64));
    this.#buffer.fill(this.#below(2) === 0 ? 0 : this.#below(256), this.#length, length);
    this.#length = length;
  }

  /** The end of another entry in place of this one's. */
  #splice(): void {
    const other = this.#entry();
    const at = this.#below(Math.min(this.#length, other.length) + 1);
    this.#buffer.set(other.subarray(at), at);
    this.#length = other.length;
  }

  #entry(): Uint8Array {
    return this.#corpus[this.#below(this.#corpus.length)] ?? this.#buffer;
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }
}
