/** Distinct ports in random order, all of one range before any of the next. */
import type { PortRange } from "@pinhole/protocol/punch";

export function drawPorts(ranges: readonly PortRange[], count: number, random: () => number): number[] {
  const drawn: number[] = [];
  for (const range of ranges) {
    if (drawn.length >= count) break;
    drawn.push(...drawFrom(range, count - drawn.length, random));
  }
  return drawn;
}

/** The first steps of Fisher and Yates' shuffle, with the moved ports alone in memory. */
function drawFrom({ first, last }: PortRange, count: number, random: () => number): number[] {
  const moved = new Map<number, number>();
  const size = last - first + 1;
  return Array.from({ length: Math.min(count, size) }, (_, at) => {
    const pick = at + Math.floor(random() * (size - at));
    const port = moved.get(pick) ?? pick;
    moved.set(pick, moved.get(at) ?? at);
    return first + port;
  });
}
