import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { OldGarbage, ownHeap } from "./old-garbage.ts";

const PERIOD_MS = 30_000;

test("once in 30 s, and where enough has grown old since the last time", () => {
  let bytes = 5 << 20;
  let collections = 0;
  const heap = {
    oldBytes: () => bytes,
    collect: () => {
      collections++;
      bytes = 4 << 20;
    },
  };
  const garbage = new OldGarbage(heap, 0);
  expect([garbage.tick(0), garbage.tick(29_999), collections]).toEqual([PERIOD_MS, 1, 0]);
  expect([garbage.tick(PERIOD_MS), collections]).toEqual([PERIOD_MS, 1]);
  bytes += 32_767;
  garbage.tick(2 * PERIOD_MS);
  expect(collections).toBe(1);
  bytes += 1;
  expect([garbage.tick(2 * PERIOD_MS + 1), collections]).toEqual([PERIOD_MS - 1, 1]);
  garbage.tick(3 * PERIOD_MS);
  expect(collections).toBe(2);
});

test("of a real heap, what nobody holds any more", () => {
  const given = globalThis.gc;
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc") as NonNullable<typeof given>;
  try {
    const heap = ownHeap()!;
    const held = [Array.from({ length: 100_000 }, (_, at) => ({ at }))];
    heap.collect();
    const before = heap.oldBytes();
    held.pop();
    heap.collect();
    expect(before - heap.oldBytes()).toBeGreaterThan(1 << 20);
  } finally {
    globalThis.gc = given;
  }
});

test("without leave to collect there is nothing to ask", () => {
  const given = globalThis.gc;
  globalThis.gc = undefined;
  expect(ownHeap()).toBeUndefined();
  globalThis.gc = given;
});
