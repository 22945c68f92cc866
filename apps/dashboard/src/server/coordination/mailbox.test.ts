import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Mailbox } from "./mailbox.ts";

const PACE_MS = 1_000;
const id = (number: number): `dev_${string}` => `dev_${number.toString(16).padStart(32, "0")}`;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reads for ever, and keeps how many devices each piece of mail spoke of. */
function read(mailbox: Mailbox): number[] {
  const sizes: number[] = [];
  void (async () => {
    for (;;) {
      await mailbox.wait(1_000_000, undefined);
      sizes.push(mailbox.take().presence.size);
    }
  })();
  return sizes;
}

// One by one, a thousand agents that come online are a million events.
test("who comes online first is told at once, and those who follow together", async () => {
  const mailbox = new Mailbox(() => PACE_MS);
  const sizes = read(mailbox);
  for (let number = 0; number < 1_000; number++) {
    mailbox.hintPresence(id(number), true);
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(PACE_MS);
  expect(sizes[0]).toBe(1);
  expect(sizes.length).toBeLessThanOrEqual(7);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1_000);
});

test("what forbids something waits for nothing, and takes along what waits", async () => {
  const mailbox = new Mailbox(() => PACE_MS);
  const sizes = read(mailbox);
  for (const number of [1, 2]) {
    mailbox.hintPresence(id(number), true);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(sizes).toEqual([1]);
  mailbox.hintStale();
  await vi.advanceTimersByTimeAsync(1);
  expect(sizes).toEqual([1, 1]);
});
