/** `struct iovec[]`, address and length each: what one `writev` writes in a row. */
import { MachineWords } from "./machine-words.ts";
import type { Native } from "./native.ts";
import { addressOf } from "./native-memory.ts";

export class IoVectors {
  readonly capacity: number;
  readonly #words: MachineWords;
  #count = 0;

  constructor(native: Native, capacity: number) {
    this.capacity = capacity;
    this.#words = new MachineWords(native, capacity * 2);
  }

  get address(): number {
    return this.#words.address;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
  }

  /** What is behind `from`. The bytes stay where they are until they are written. @throws when they might not. */
  add(bytes: Uint8Array, from: number): void {
    const address = addressOf(bytes);
    if (address === undefined || from < 0 || from > bytes.length) throw new RangeError("not memory of ours");
    if (this.#count === this.capacity) throw new RangeError(`more than ${this.capacity} pieces`);
    this.#words.set(this.#count * 2, address + from);
    this.#words.set(this.#count * 2 + 1, bytes.length - from);
    this.#count += 1;
  }
}
