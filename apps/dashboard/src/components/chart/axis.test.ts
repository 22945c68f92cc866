import fc from "fast-check";
import { expect, test } from "vitest";
import { axisSplits } from "./axis.ts";

test.each([
  [49, "decimal", [0, 20, 40, 60]],
  [7_100_000, "decimal", [0, 2_500_000, 5_000_000, 7_500_000]],
  [3, "decimal", [0, 1, 2, 3]],
  [60 * 1_024 ** 2, "binary", [0, 32, 64, 96].map((mebi) => mebi * 1_024 ** 2)],
] as const)("up to %d (%s) the lines are at %j", (max, base, lines) => {
  expect(axisSplits(max, base)).toEqual(lines);
});

test("the largest value is never above the highest line", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e15, noNaN: true }),
      fc.constantFrom("decimal" as const, "binary" as const),
      (max, base) => {
        expect(axisSplits(max, base)[3]).toBeGreaterThanOrEqual(max * (1 - 1e-9));
      },
    ),
  );
});

test("without any value there is still an axis", () => {
  expect(axisSplits(0, "decimal")[3]).toBeGreaterThan(0);
});
