/**
 * Views of one buffer, remembered by where they begin. To ask a view for its buffer, or to make one, takes V8 a call out
 * of compiled code, which is more than the checksum of the packet in it costs; and packets lie at the same places again
 * and again. So a view is made once for a place, and is known for one of the buffer's as long as no other took its slot.
 *
 * The last packet of a train is shorter than the others that were at its place, and each time by another length. Its view
 * does not take the slot, where it would grow old and then die, which V8 notices after minutes: only a length that comes
 * twice in a row does.
 */

/** As many as packets may begin at in what is received at once, where nearly all begin at a multiple of 16. */
const SLOTS = 4_096;
const SLOT_SHIFT = 4;

export class PacketViews {
  readonly buffer: ArrayBuffer;
  readonly #views: (Uint8Array | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** Of the views that last found their slots taken. */
  readonly #passedOver = new Int32Array(SLOTS);
  /** The last one of those. */
  #passing: Uint8Array | undefined;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }

  /** Whether `bytes` are a part of the buffer. */
  has(bytes: Uint8Array): boolean {
    const slot = slotOf(bytes.byteOffset);
    if (this.#views[slot] === bytes || this.#passing === bytes) return true;
    if (bytes.buffer !== this.buffer) return false;
    this.#views[slot] = bytes;
    return true;
  }

  /** The bytes of the buffer from `from` up to `to`. */
  between(from: number, to: number): Uint8Array {
    const slot = slotOf(from);
    const known = this.#views[slot];
    if (known !== undefined && known.byteOffset === from && known.length === to - from) return known;
    const view = new Uint8Array(this.buffer, from, to - from);
    if (known === undefined || this.#passedOver[slot] === to - from) this.#views[slot] = view;
    else {
      this.#passedOver[slot] = to - from;
      this.#passing = view;
    }
    return view;
  }

  /** As `bytes.subarray(from, to)`, with both ends inside `bytes`, of whatever buffer they are. */
  within(bytes: Uint8Array, from: number, to: number): Uint8Array {
    if (from < 0 || from > to || to > bytes.length || !this.has(bytes)) return bytes.subarray(from, to);
    return this.between(bytes.byteOffset + from, bytes.byteOffset + to);
  }
}

function slotOf(offset: number): number {
  return (offset >>> SLOT_SHIFT) % SLOTS;
}
