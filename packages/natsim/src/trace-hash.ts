/**
 * One number for a whole run: everything that happens is mixed in, in order. Two runs with
 * equal digests did the same things at the same times. FNV-1a in two lanes; no cryptography.
 */
const PRIME = 0x0100_0193;
/** A payload is told apart by its length and this much of it; a data packet would cost more than its whole journey. */
const SAMPLE_BYTES = 64;

export class TraceHash {
  #low = 0x811c_9dc5 | 0;
  #high = 0x2f0b_4c47 | 0;

  /** Takes the low 32 bits of each. */
  mix(a: number, b: number, c: number): void {
    this.#mixOne(a);
    this.#mixOne(b);
    this.#mixOne(c);
  }

  /** In microseconds: the rest of a double is noise of additions, the same in every run all the same. */
  mixTime(ms: number): void {
    const us = Math.round(ms * 1_000);
    this.#mixOne(us);
    this.#mixOne(Math.floor(us / 2 ** 32));
  }

  mixBytes(bytes: Uint8Array): void {
    this.#mixOne(bytes.length);
    const end = Math.min(bytes.length, SAMPLE_BYTES);
    for (let at = 0; at < end; at++) this.#mixOne(bytes[at] ?? 0);
  }

  digest(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #mixOne(value: number): void {
    this.#low = Math.imul(this.#low ^ value, PRIME);
    this.#high = Math.imul(this.#high ^ (value + 0x9e37_79b9) ^ (this.#low >>> 15), PRIME);
  }
}
