/**
 * A forward-only cursor over one message.
 *
 * Reading past the end never throws: it yields zeros and latches {@link overran},
 * so a decoder reads every field in order and checks once, at the end. Input from
 * the network is short or forged all the time; that is not an exception.
 *
 * Integers are big-endian, as in every format of ours.
 */
export class ByteReader {
  readonly #view: DataView;
  #offset = 0;
  #overran = false;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** True once any read has asked for more bytes than were left. */
  get overran(): boolean {
    return this.#overran;
  }

  /** Where the next read begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not read yet; 0 after an overrun. */
  get remaining(): number {
    return this.#overran ? 0 : this.#view.byteLength - this.#offset;
  }

  u8(): number {
    const at = this.#take(1);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at === undefined ? 0 : this.#view.getUint16(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at === undefined ? 0 : this.#view.getUint32(at);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at === undefined ? 0n : this.#view.getBigUint64(at);
  }

  /** Copies `length` bytes, because callers may reuse the receive buffer. An overrun yields none, however many were asked for. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    if (at === undefined) return new Uint8Array(0);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length).slice();
  }

  /** Copies everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number | undefined {
    const at = this.#offset;
    if (this.#overran || length < 0 || at + length > this.#view.byteLength) {
      this.#overran = true;
      return undefined;
    }
    this.#offset += length;
    return at;
  }
}
