import { expect, test } from "vitest";
import { newTimeScale } from "./time-scale.ts";

test("time runs from left to right within the picture, whatever the span", () => {
  for (const times of [[], [0], [-800, 12, 52], [-3, 8_400], [500, 60_000]]) {
    const { at } = newTimeScale(times);
    const places = times.toSorted((one, other) => one - other).map(at);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    for (const place of [...places, at(0)]) {
      expect(place).toBeGreaterThan(0);
      expect(place).toBeLessThan(1);
    }
  }
});

test("the start has a line, and no two numbers run into each other", () => {
  const { ticks, at } = newTimeScale([-400, 0, 3, 30, 9_000]);
  expect(ticks).toContain(0);
  expect(ticks.length).toBeGreaterThan(2);
  for (const [index, tick] of ticks.slice(1).entries()) {
    expect(at(tick) - at(ticks[index] ?? Number.NaN)).toBeGreaterThanOrEqual(0.17);
  }
});

test("the first round trips get most of the room", () => {
  const { at } = newTimeScale([0, 10_000]);
  expect(at(100)).toBeGreaterThan(0.2);
});
