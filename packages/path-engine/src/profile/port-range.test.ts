import { SeededRandom } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { expectRange } from "./port-range.ts";

const RUNS = 4_000;

describe("an aligned block", () => {
  // What a NAT that maps endpoint-independently shows to one measurement without loss.
  test.each([128, 256, 512, 1_024, 2_048, 4_096, 8_192])("of %d ports is told exactly from eleven of them", (size) => {
    const random = new SeededRandom(size);
    let exact = 0;
    for (let run = 0; run < RUNS; run++) {
      const first = size * random.int(Math.ceil(1_024 / size), Math.floor(65_535 / size) - 1);
      const { first: from, last: to } = expectRange(draw(random, first, size, 11));
      if (from === first && to === first + size - 1) exact++;
    }
    // One in a thousand may be told as half of what it is; the smallest cannot be.
    expect(exact / RUNS).toBeGreaterThan(0.997);
  });

  test.each([5, 6, 8, 10])("is covered with %d ports too, by a wider range", (count) => {
    const random = new SeededRandom(count);
    const size = 1_024;
    let covered = 0;
    for (let run = 0; run < RUNS; run++) {
      const first = size * random.int(1, 62);
      const { first: from, last: to } = expectRange(draw(random, first, size, count));
      if (from <= first && to >= first + size - 1) covered++;
    }
    expect(covered / RUNS).toBeGreaterThan(0.997);
  });
});

test("of a block at no boundary, hardly a port is missed, and the range is not much wider than it", () => {
  const random = new SeededRandom(3);
  const size = 1_000;
  let inside = 0;
  let width = 0;
  for (let run = 0; run < RUNS; run++) {
    const first = random.int(1_024, 60_000);
    const { first: from, last: to } = expectRange(draw(random, first, size, 12));
    const next = random.int(first, first + size - 1);
    if (from <= next && next <= to) inside++;
    width += (to - from + 1) / RUNS;
  }
  expect(inside / RUNS).toBeGreaterThan(0.99);
  expect(width).toBeLessThan(2.5 * size);
});

test.each([
  ["everything above the well-known ports", 1_024, 65_535],
  ["Linux's ephemeral ports", 32_768, 60_999],
  ["IANA's dynamic ports", 49_152, 65_535],
])("of %s, all are expected", (_, first, last) => {
  const random = new SeededRandom(first);
  let right = 0;
  for (let run = 0; run < RUNS; run++) {
    const range = expectRange(draw(random, first, last - first + 1, 12));
    if (range.first <= first && range.last >= last) right++;
  }
  expect(right / RUNS).toBeGreaterThan(0.998);
});

test("three ports say nothing", () => {
  expect(expectRange([2_001, 2_002, 2_003])).toEqual({ first: 1_024, last: 65_535 });
});

function draw(random: SeededRandom, first: number, size: number, count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(random.int(first, first + size - 1));
  return [...ports];
}
