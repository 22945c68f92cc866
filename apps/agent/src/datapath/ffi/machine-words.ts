/**
 * Structures of pointers and sizes as C lays them out: each such field is one machine word, and
 * an `int` among them takes a word's place too. Little-endian, which {@link loadNative} sees to.
 */
import type { Native } from "./native.ts";
import { pin } from "./native-memory.ts";

const HALF = 2 ** 32;

export class MachineWords {
  readonly address: number;
  readonly #halves: Uint32Array;
  readonly #perWord: number;

  constructor(native: Native, count: number) {
    const { bytes, address } = pin(native, count * native.wordBytes);
    this.address = address;
    this.#halves = new Uint32Array(bytes.buffer);
    this.#perWord = native.wordBytes / 4;
  }

  set(at: number, value: number): void {
    this.#halves[at * this.#perWord] = value;
    if (this.#perWord === 2) this.#halves[at * 2 + 1] = value / HALF;
  }

  /** Of an `int` field, too. */
  setInt(at: number, value: number): void {
    this.#halves[at * this.#perWord] = value;
  }

  get(at: number): number {
    const low = this.#halves[at * this.#perWord] ?? 0;
    return this.#perWord === 2 ? low + (this.#halves[at * 2 + 1] ?? 0) * HALF : low;
  }

  getInt(at: number): number {
    return this.#halves[at * this.#perWord] ?? 0;
  }
}
