/** Which public port a mapping gets. One allocator stands for one public address. */
import type { SeededRandom } from "../seeded-random.ts";
import { BlockAllocator, type BlockOptions } from "./block-allocation.ts";
import {
  drawFree,
  nextFree,
  type PortAllocator,
  type PortRange,
  type PortRequest,
  WHOLE_RANGE,
} from "./port-search.ts";

export type AllocationOptions =
  /** The inside port where it is free; otherwise any other, or the next one up. */
  | { readonly kind: "preserve"; readonly onClash: "random" | "sequential" }
  /** `step` apart, from `start` on (random where not given), round and round in `range`. */
  | { readonly kind: "sequential"; readonly step?: number; readonly start?: number; readonly range?: PortRange }
  | { readonly kind: "random"; readonly range?: PortRange }
  | ({ readonly kind: "block"; readonly range?: PortRange } & BlockOptions);

export function newAllocator(options: AllocationOptions, random: SeededRandom): PortAllocator {
  switch (options.kind) {
    case "preserve":
      return new PreservingAllocator(options.onClash, random);
    case "sequential":
      return new SequentialAllocator(options, random);
    case "random":
      return {
        allocate: ({ isFree }) => drawFree(random, options.range ?? WHOLE_RANGE, isFree),
        skip: () => undefined,
      };
    case "block":
      return new BlockAllocator(options, options.range ?? WHOLE_RANGE, random);
  }
}

class PreservingAllocator implements PortAllocator {
  readonly #onClash: "random" | "sequential";
  readonly #random: SeededRandom;

  constructor(onClash: "random" | "sequential", random: SeededRandom) {
    this.#onClash = onClash;
    this.#random = random;
  }

  allocate({ preferred, isFree }: PortRequest): number | undefined {
    if (isFree(preferred)) return preferred;
    return this.#onClash === "random"
      ? drawFree(this.#random, WHOLE_RANGE, isFree)
      : nextFree(preferred + 1, { range: WHOLE_RANGE, isFree });
  }

  skip(): void {}
}

class SequentialAllocator implements PortAllocator {
  readonly #range: PortRange;
  readonly #step: number;
  #next: number;

  constructor(
    { step = 1, range = WHOLE_RANGE, start }: Extract<AllocationOptions, { kind: "sequential" }>,
    random: SeededRandom,
  ) {
    this.#range = range;
    this.#step = step;
    this.#next = start ?? random.int(...range);
  }

  allocate({ isFree }: PortRequest): number | undefined {
    const port = nextFree(this.#next, { range: this.#range, step: this.#step, isFree });
    if (port !== undefined) this.#next = port + this.#step;
    return port;
  }

  skip(count: number): void {
    const size = this.#range[1] - this.#range[0] + 1;
    this.#next += this.#step * (count % size);
  }
}
