/** Port blocks: a carrier's NAT gives each subscriber a run of ports, and another one when those are used up. */
import type { SeededRandom } from "../seeded-random.ts";
import { drawFree, nextFree, type PortAllocator, type PortRange, type PortRequest } from "./port-search.ts";

export type BlockOptions = {
  readonly size: number;
  /** Of one host; after that it gets no port. */
  readonly maxBlocks: number;
  readonly within: "random" | "sequential";
  /** Whether blocks begin at multiples of their size from the start of the range, or anywhere. */
  readonly isAligned?: boolean;
};

type Block = { readonly first: number; next: number };

/** Draws before an unaligned block is given up on. */
const MAX_DRAWS = 200;

export class BlockAllocator implements PortAllocator {
  readonly #options: BlockOptions;
  readonly #range: PortRange;
  readonly #random: SeededRandom;
  readonly #byHost = new Map<number, Block[]>();
  readonly #taken: number[] = [];

  constructor(options: BlockOptions, range: PortRange, random: SeededRandom) {
    this.#options = options;
    this.#range = range;
    this.#random = random;
  }

  allocate({ host, isFree }: PortRequest): number | undefined {
    const blocks = this.#byHost.get(host) ?? [];
    this.#byHost.set(host, blocks);
    for (const block of blocks) {
      const port = this.#takeFrom(block, isFree);
      if (port !== undefined) return port;
    }
    if (blocks.length >= this.#options.maxBlocks) return undefined;
    const block = this.#newBlock();
    if (block === undefined) return undefined;
    blocks.push(block);
    return this.#takeFrom(block, isFree);
  }

  /** Other hosts have blocks of their own. */
  skip(): void {}

  #takeFrom(block: Block, isFree: PortRequest["isFree"]): number | undefined {
    const range = [block.first, block.first + this.#options.size - 1] as const;
    if (this.#options.within === "random") return drawFree(this.#random, range, isFree);
    const port = nextFree(block.next, { range, isFree });
    if (port !== undefined) block.next = port + 1;
    return port;
  }

  #newBlock(): Block | undefined {
    const first = this.#options.isAligned === false ? this.#drawAnywhere() : this.#drawAligned();
    if (first === undefined) return undefined;
    this.#taken.push(first);
    return { first, next: first };
  }

  #drawAligned(): number | undefined {
    const { size } = this.#options;
    const [first, last] = this.#range;
    const count = Math.floor((last - first + 1) / size);
    const taken = new Set(this.#taken);
    const index = nextFree(this.#random.int(0, count - 1), {
      range: [0, count - 1],
      isFree: (at) => !taken.has(first + at * size),
    });
    return index === undefined ? undefined : first + index * size;
  }

  #drawAnywhere(): number | undefined {
    const { size } = this.#options;
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const first = this.#random.int(this.#range[0], this.#range[1] - size + 1);
      if (this.#taken.every((other) => Math.abs(other - first) >= size)) return first;
    }
    return undefined;
  }
}
