/**
 * A set of addresses of one family, for asking at every packet: disjoint ranges in order, searched by halving, so that a
 * rule over five thousand sources costs a dozen comparisons and no allocation.
 *
 * An address is one 32-bit word (IPv4) or four (IPv6), most significant first.
 */
import { lastOf, type Words } from "./address-words.ts";
import { readPrefix } from "./prefix-words.ts";

type Range = { readonly first: Words; readonly last: Words };

export class AddressSet {
  /** Range after range: the first address, then the last one. */
  readonly #bounds: Uint32Array;
  readonly #count: number;

  /** Text that is no prefix matches nothing: a filter may only ever let in less than was meant. */
  constructor(family: 4 | 6, prefixes: readonly string[]) {
    const ranges = merge(rangesOf(family, prefixes));
    const words = family === 4 ? 1 : 4;
    this.#count = ranges.length;
    this.#bounds = new Uint32Array(ranges.length * words * 2);
    for (const [at, { first, last }] of ranges.entries()) {
      this.#bounds.set(first, at * words * 2);
      this.#bounds.set(last, at * words * 2 + words);
    }
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

function rangesOf(family: 4 | 6, prefixes: readonly string[]): Range[] {
  const ranges: Range[] = [];
  for (const text of prefixes) {
    const prefix = readPrefix(text, family);
    if (prefix === undefined) continue;
    const { first, length } = prefix;
    ranges.push({ first, last: length === first.length * 32 ? first : lastOf(first, { length }) });
  }
  return ranges;
}

/** Puts them in order, too. */
function merge(ranges: Range[]): readonly Range[] {
  const merged: Range[] = [];
  // Of two that begin together, the wider one first.
  const ordered = ranges.sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  for (const range of ordered) {
    const previous = merged.at(-1);
    if (previous === undefined || compare(range.first, previous.last) > 0) merged.push(range);
    // Blocks nest or are apart: a range that begins inside the previous one ends inside it too.
  }
  return merged;
}

function compare(a: Words, b: Words): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
