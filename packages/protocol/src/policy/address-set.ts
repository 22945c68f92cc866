/**
 * A set of addresses of one family, for asking at every packet: disjoint ranges in order, searched by halving, so that a
 * rule over five thousand sources costs a dozen comparisons and no allocation.
 *
 * An address is one 32-bit word (IPv4) or four (IPv6), most significant first.
 */
import { readPrefix } from "./prefix-words.ts";

export class AddressSet {
  /** Range after range: the first address, then the last one. */
  readonly #bounds: Uint32Array;
  readonly #count: number;

  /** Text that is no prefix matches nothing: a filter may only ever let in less than was meant. */
  constructor(family: 4 | 6, prefixes: readonly string[]) {
    const width = family === 4 ? 1 : 4;
    const blocks = readBlocks(family, prefixes, width);
    const bounds = new Uint32Array(blocks.count * width * 2);
    let count = 0;
    for (const at of inOrder(blocks)) {
      const end = count * width * 2;
      // Blocks nest or are apart: one that begins inside the previous one ends inside it too.
      if (count > 0 && compare(blocks.words, at * width, bounds, end - width, width) <= 0) continue;
      writeRange(blocks, at, bounds, end);
      count++;
    }
    this.#bounds = count === blocks.count ? bounds : bounds.slice(0, count * width * 2);
    this.#count = count;
  }

  hasV4(address: number): boolean {
    const bounds = this.#bounds;
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (address < (bounds[middle * 2] ?? 0)) high = middle - 1;
      else if (address > (bounds[middle * 2 + 1] ?? 0)) low = middle + 1;
      else return true;
    }
    return false;
  }

  hasV6(a: number, b: number, c: number, d: number): boolean {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#order(middle * 8, a, b, c, d) < 0) high = middle - 1;
      else if (this.#order(middle * 8 + 4, a, b, c, d) > 0) low = middle + 1;
      else return true;
    }
    return false;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  #order(at: number, a: number, b: number, c: number, d: number): number {
    const bounds = this.#bounds;
    return a - (bounds[at] ?? 0) || b - (bounds[at + 1] ?? 0) || c - (bounds[at + 2] ?? 0) || d - (bounds[at + 3] ?? 0);
  }
}

/** `words`: the first address of each, one after another. */
type Blocks = {
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
  readonly count: number;
  readonly width: number;
};

function readBlocks(family: 4 | 6, prefixes: readonly string[], width: number): Blocks {
  const words = new Uint32Array(prefixes.length * width);
  const lengths = new Uint8Array(prefixes.length);
  let count = 0;
  for (const text of prefixes) {
    const length = readPrefix(text, family, words, count * width);
    if (length !== undefined) lengths[count++] = length;
  }
  return { words, lengths, count, width };
}

/** So many places, each a number that stands behind an IPv4 block in one of 53 bits. */
const MAX_KEYED = 8_192;

/** By first address; of two that begin together, the wider one first. */
function inOrder({ words, lengths, count, width }: Blocks): Uint32Array {
  const places = new Uint32Array(count);
  if (width === 1 && count <= MAX_KEYED) {
    // Numbers are put in order without a call for each comparison.
    const keys = new Float64Array(count);
    for (let at = 0; at < count; at++) keys[at] = ((words[at] ?? 0) * 64 + (lengths[at] ?? 0)) * MAX_KEYED + at;
    keys.sort();
    for (let at = 0; at < count; at++) places[at] = (keys[at] ?? 0) % MAX_KEYED;
    return places;
  }
  for (let at = 0; at < count; at++) places[at] = at;
  return places.sort(
    (a, b) => compare(words, a * width, words, b * width, width) || (lengths[a] ?? 0) - (lengths[b] ?? 0),
  );
}

function compare(a: Uint32Array, aAt: number, b: Uint32Array, bAt: number, width: number): number {
  for (let word = 0; word < width; word++) {
    const difference = (a[aAt + word] ?? 0) - (b[bAt + word] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The first address of a block, and its last one. */
function writeRange({ words, lengths, width }: Blocks, at: number, bounds: Uint32Array, end: number): void {
  const length = lengths[at] ?? 0;
  for (let word = 0; word < width; word++) {
    const first = words[at * width + word] ?? 0;
    const fixed = Math.min(32, Math.max(0, length - word * 32));
    bounds[end + word] = first;
    // A shift by 32 would be a shift by 0.
    bounds[end + width + word] = fixed === 0 ? 0xffff_ffff : fixed === 32 ? first : first | (0xffff_ffff >>> fixed);
  }
}
