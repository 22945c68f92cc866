import { expect, test } from "vitest";
import { EpochWatch } from "./epoch-watch.ts";

test.each([
  ["keeps step", 1_000, 60_000, 1_060, false],
  ["is a little off", 1_000, 60_000, 1_064, false],
  ["is asked twice in one second", 1_000, 10, 1_000, false],
  ["is overtaken by an older answer", 1_000, 10, 999, false],
  ["starts over", 1_000, 60_000, 12, true],
  ["starts over from a later count than was left", 10, 600_000, 200, true],
  ["leaps ahead", 1_000, 60_000, 5_000, true],
  ["stands still", 1_000, 3_600_000, 1_000, true],
])("a count that %s", (_, before, passedMs, after, isReset) => {
  const watch = new EpochWatch();
  expect(watch.sawReset(before, 0)).toBe(false);
  expect(watch.sawReset(after, passedMs)).toBe(isReset);
});

test("a reset is news once", () => {
  const watch = new EpochWatch();
  watch.sawReset(1_000, 0);
  expect(watch.sawReset(5, 10_000)).toBe(true);
  expect(watch.sawReset(15, 20_000)).toBe(false);
});
