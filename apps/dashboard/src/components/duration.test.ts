import { describe, expect, test } from "vitest";
import { formatDistance, formatDuration } from "./duration.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

describe("formatDuration", () => {
  test.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_600_000, "1 h"],
    [3_600_000 * 5 + 60_000 * 12, "5 h 12 min"],
    [86_400_000 * 3 + 3_600_000 * 4, "3 d 4 h"],
    [86_400_000 * 45 + 3_600_000, "45 d"],
  ])("%i ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe("formatDistance", () => {
  test.each([
    [0, "just now"],
    [-4_999, "just now"],
    [-40_000, "40 s ago"],
    [-180_000, "3 min ago"],
    [7_200_000, "in 2 h"],
    [-86_400_000 * 2.5, "2 d ago"],
  ])("%i ms away is %s", (offset, text) => {
    expect(formatDistance(NOW + offset, NOW)).toBe(text);
  });
});
