/**
 * Frames out of a stream: length 4, most significant byte first, then so many bytes. Each is put together in memory that is
 * given, and lent until the call returns.
 */

const LENGTH_BYTES = 4;

export class FrameReader {
  readonly #into: Uint8Array;
  readonly #take: (length: number) => void;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  /** Of the length or, once that is known, of the frame. */
  #have = 0;
  #wanted: number | undefined;

  /** `take` is told how much of `into` the frame fills. */
  constructor(into: Uint8Array, take: (length: number) => void) {
    this.#into = into;
    this.#take = take;
  }

  /** False for a frame that is longer than anything can be: the stream makes no sense from there on. */
  push(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; ) {
      const wanted = this.#wanted ?? LENGTH_BYTES;
      const bytes = Math.min(chunk.length - at, wanted - this.#have);
      const into = this.#wanted === undefined ? this.#length : this.#into;
      into.set(chunk.subarray(at, at + bytes), this.#have);
      this.#have += bytes;
      at += bytes;
      if (this.#have === wanted && !this.#finish()) return false;
    }
    return true;
  }

  #finish(): boolean {
    this.#have = 0;
    if (this.#wanted === undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#length;
      this.#wanted = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      if (this.#wanted > this.#into.length) return false;
      if (this.#wanted > 0) return true;
    }
    const length = this.#wanted;
    this.#wanted = undefined;
    this.#take(length);
    return true;
  }
}
