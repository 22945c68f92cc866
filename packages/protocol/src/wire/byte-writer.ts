/**
 * Builds one message front to back, growing as needed: the twin of {@link ByteReader}.
 *
 * What it writes comes from our own code, so a value that does not fit its field is
 * a bug and throws a RangeError; it is never silently cut to size.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes are written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    assertFits(value, 0xff);
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    assertFits(value, 0xffff);
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    assertFits(value, 0xffff_ffff);
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new RangeError(`${value} is not an unsigned 64-bit integer`);
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zeros(count: number): this {
    this.#grow(count);
    return this;
  }

  /** Overwrites two bytes that are already written: a length that is known only at the end. */
  patchU16(at: number, value: number): this {
    assertFits(value, 0xffff);
    if (at < 0 || at + 2 > this.#length) throw new RangeError(`nothing is written at ${at}`);
    this.#view.setUint16(at, value);
    return this;
  }

  /** A copy of what is written; the writer may go on. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      bigger.set(this.#bytes.subarray(0, at));
      this.#bytes = bigger;
      this.#view = new DataView(bigger.buffer);
    }
    this.#length = needed;
    return at;
  }
}

function assertFits(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new RangeError(`${value} is not an integer in 0..${max}`);
}
