import { expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualTime } from "./virtual-time.ts";

test("what is due runs in order of time, and equal times in the order they were asked for", () => {
  const time = new VirtualTime();
  const random = new SeededRandom(4);
  const asked = Array.from({ length: 500 }, (_, order) => ({ at: random.int(0, 50), order }));
  const ran: { at: number; order: number }[] = [];
  for (const due of asked) time.at(due.at, () => ran.push(due));
  time.runUntil(100);
  expect(ran).toEqual(asked.toSorted((a, b) => a.at - b.at || a.order - b.order));
  expect(time.now).toBe(100);
});

test("waiting for a condition stops at the moment it holds, or at the timeout", () => {
  const time = new VirtualTime();
  let isDone = false;
  time.at(30, () => void (isDone = true));
  time.at(60, () => undefined);
  expect([time.runUntilTrue(() => isDone, 1_000), time.now]).toEqual([true, 30]);
  expect([time.runUntilTrue(() => false, 1_000), time.now]).toEqual([false, 1_030]);
});
