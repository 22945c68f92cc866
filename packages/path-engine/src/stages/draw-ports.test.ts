import { SeededRandom } from "@pinhole/natsim";
import fc from "fast-check";
import { expect, test } from "vitest";
import { drawPorts } from "./draw-ports.ts";

test("ports are distinct, within their ranges, and the first range's come first", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 400 }), (seed, count) => {
      const random = new SeededRandom(seed);
      const ranges = [
        { first: 2_048, last: 2_147 },
        { first: 40_000, last: 41_000 },
      ];
      const ports = drawPorts(ranges, count, () => random.next());
      expect(new Set(ports).size).toBe(count);
      expect(ports.slice(0, 100).every((port) => port >= 2_048 && port <= 2_147)).toBe(true);
      expect(ports.slice(100).every((port) => port >= 40_000 && port <= 41_000)).toBe(true);
    }),
  );
});

test("every port is as likely as any other", () => {
  const random = new SeededRandom(1);
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 20_000; draw++) {
    const [port = 0] = drawPorts([{ first: 1, last: 10 }], 1, () => random.next());
    counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  expect([...counts.values()].every((count) => Math.abs(count - 2_000) < 200)).toBe(true);
});
