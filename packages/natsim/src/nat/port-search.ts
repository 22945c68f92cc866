/** Ports asked for and looked for. */
import type { SeededRandom } from "../seeded-random.ts";

export type PortRange = readonly [first: number, last: number];

export type PortRequest = {
  /** The port inside. */
  readonly preferred: number;
  /** Who asks: the number of the inside address, or -1 for hosts outside the simulation. */
  readonly host: number;
  readonly isFree: (port: number) => boolean;
};

export type PortAllocator = {
  /** Undefined where there is none left. */
  allocate(request: PortRequest): number | undefined;
  /** As if so many had been allocated and given back. */
  skip(count: number): void;
};

/** What an unprivileged port may be. */
export const WHOLE_RANGE: PortRange = [1_024, 65_535];

/** Draws before giving up on luck and looking at one port after the other. */
const MAX_DRAWS = 64;

/** A free port of the range: by chance, or where few are left the next one up from a random place. */
export function drawFree(random: SeededRandom, [first, last]: PortRange, isFree: PortRequest["isFree"]) {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const port = random.int(first, last);
    if (isFree(port)) return port;
  }
  return nextFree(random.int(first, last), { range: [first, last], isFree });
}

/** The first free port from `from` on, round the end of the range. */
export function nextFree(
  from: number,
  { range: [first, last], step = 1, isFree }: { range: PortRange; step?: number; isFree: PortRequest["isFree"] },
): number | undefined {
  const size = last - first + 1;
  for (let tried = 0, offset = from - first; tried < size; tried++, offset += step) {
    const port = first + (((offset % size) + size) % size);
    if (isFree(port)) return port;
  }
  return undefined;
}
