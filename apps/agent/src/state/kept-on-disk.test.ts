import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptOnDisk } from "./kept-on-disk.ts";
import { StateError } from "./state-error.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a burst of changes is one write, a moment later", () => {
  const { file, disk } = setUp();
  for (let i = 0; i < 10; i++) file.changed();
  expect(disk.writes).toBe(0);
  vi.advanceTimersByTime(500);
  expect(disk.writes).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(disk.writes).toBe(1);
});

test("what is owed is written at the end, and nothing when nothing is", () => {
  const { file, disk } = setUp();
  file.close();
  expect(disk.writes).toBe(0);
  file.changed();
  file.close();
  expect(disk.writes).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("a full disk is told of once, tried again, and told of when it is over", () => {
  const { file, disk, lines } = setUp();
  disk.isFull = true;
  file.changed();
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual(["/state is full"]);
  disk.isFull = false;
  vi.advanceTimersByTime(10_000);
  expect(disk.writes).toBe(1);
  expect(lines).toEqual(["/state is full", "the state is on disk again"]);
});

test("a full disk at the end leaves no timer behind", () => {
  const { file, disk } = setUp();
  disk.isFull = true;
  file.changed();
  file.close();
  expect(vi.getTimerCount()).toBe(0);
});

function setUp() {
  const disk = { isFull: false, writes: 0 };
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const write = (): void => {
    if (disk.isFull) throw new StateError("/state is full");
    disk.writes++;
  };
  return { disk, lines, file: new KeptOnDisk({ write, delayMs: 500, log: { warn: say, info: say } }) };
}
