import { expect, test } from "vitest";
import type { DeviceId } from "../ids.ts";
import { SprayTurns } from "./spray-turns.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((one): DeviceId => `dev_${one.repeat(32)}`) as [
  DeviceId,
  DeviceId,
  DeviceId,
  DeviceId,
];

test("a device is in one spray at a time, and others do not mind", () => {
  const turns = new SprayTurns<string>();
  expect(turns.of([a, b], 0)).toBe("free");
  turns.begin([a, b], 8_000);
  expect(turns.of([b, c], 1)).toBe("busy");
  expect(turns.of([c, d], 1)).toBe("free");
});

test("who waits comes when both are free, the longest waiting first", () => {
  const turns = new SprayTurns<string>();
  turns.begin([a, b], 8_000);
  turns.wait([b, c], "b and c", 1);
  turns.wait([c, a], "c and a", 2);
  // Asking again does not lose the place.
  turns.wait([c, b], "b and c again", 3);
  expect(turns.next(4)).toBeUndefined();
  turns.settle([b, a]);
  expect(turns.next(5)).toBe("b and c again");
  turns.begin([b, c], 8_000);
  expect(turns.next(6)).toBeUndefined();
  turns.settle([b, c]);
  expect(turns.next(7)).toBe("c and a");
  expect(turns.next(8)).toBeUndefined();
});

test("a pair that missed rests for a minute, then for two, up to an hour; a path makes that good", () => {
  const turns = new SprayTurns<string>();
  let now = 0;
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    turns.begin([a, b], now + 8_000);
    now += 8_000;
    expect(turns.of([a, b], now)).toBe("resting");
    expect(turns.of([a, c], now)).toBe("free");
    expect(turns.of([a, b], now + minutes * 60_000)).toBe("resting");
    now += minutes * 60_000 + 2_000;
    expect(turns.of([a, b], now)).toBe("free");
  }
  turns.begin([a, b], now + 8_000);
  turns.settle([a, b]);
  expect(turns.of([a, b], now)).toBe("free");
});

test("a spray that another plan cut short was in vain", () => {
  const turns = new SprayTurns<string>();
  turns.begin([a, b], 8_000);
  turns.cutShort([a, c], 1_000);
  expect(turns.of([a, b], 1_000)).toBe("busy");
  turns.cutShort([b, a], 1_000);
  expect(turns.of([a, b], 1_000)).toBe("resting");
  expect(turns.of([b, c], 1_000)).toBe("free");
});

test("a pair that rests is next when it has rested, unless it has not asked for long", () => {
  const turns = new SprayTurns<string>();
  turns.begin([a, b], 8_000);
  turns.wait([a, b], "again", 8_000);
  expect(turns.next(69_999)).toBeUndefined();
  expect(turns.next(70_000)).toBe("again");

  turns.wait([c, d], "forgotten", 70_000);
  turns.begin([c, d], 71_000);
  turns.wait([c, d], "forgotten", 71_000);
  expect(turns.next(132_999)).toBeUndefined();
  expect(turns.next(146_000)).toBeUndefined();
  expect(turns.isAnybodyWaiting).toBe(false);
});
