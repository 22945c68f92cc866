import { expect, test } from "vitest";
import { ServerClock } from "./server-clock.ts";

test("knows nothing before the first exchange", () => {
  expect(new ServerClock().best).toBeUndefined();
});

test("puts the server's answer in the middle of the round trip", () => {
  const clock = new ServerClock();
  clock.record(1_000, 1_050, 500_000);
  expect(clock.best).toEqual({ offsetMs: 498_975, roundTripMs: 50 });
});

test("believes the exchange with the shortest round trip", () => {
  const clock = new ServerClock();
  clock.record(0, 400, 10_000);
  clock.record(1_000, 1_020, 11_010);
  clock.record(2_000, 2_300, 12_000);
  expect(clock.best).toEqual({ offsetMs: 10_000, roundTripMs: 20 });
});

test("forgets a good exchange once eight newer ones are there", () => {
  const clock = new ServerClock();
  clock.record(0, 2, 100);
  for (let i = 1; i <= 8; i++) clock.record(i * 1_000, i * 1_000 + 100, i * 1_000);
  expect(clock.best?.roundTripMs).toBe(100);
});
