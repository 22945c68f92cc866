import type { DeviceId } from "@pinhole/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Undelivered } from "./undelivered.ts";

const PEER: DeviceId = `dev_${"01".repeat(16)}`;
const INITIATION = Uint8Array.of(1, 0, 0, 0, 42);
const DATA = Uint8Array.of(4, 0, 0, 0, 42);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("an initiation to an absent peer goes out again until the peer is there", () => {
  const { undelivered, resent } = setUp();
  undelivered.onSent(PEER, INITIATION);
  undelivered.onAbsent(PEER);
  vi.advanceTimersByTime(250);
  expect(resent).toEqual([INITIATION]);
  undelivered.onAbsent(PEER);
  vi.advanceTimersByTime(250);
  expect(resent).toEqual([INITIATION, INITIATION]);
  // Delivered this time: the relay has no complaint.
  vi.advanceTimersByTime(60_000);
  expect(resent).toHaveLength(2);
});

test("it ends when the peer is heard, and before the next one of WireGuard's own", () => {
  const { undelivered, resent } = setUp();
  undelivered.onSent(PEER, INITIATION);
  undelivered.onAbsent(PEER);
  undelivered.onHeard(PEER);
  vi.advanceTimersByTime(60_000);
  expect(resent).toEqual([]);

  undelivered.onSent(PEER, INITIATION);
  for (let ms = 0; ms < 60_000; ms += 250) {
    undelivered.onAbsent(PEER);
    vi.advanceTimersByTime(250);
  }
  expect(resent).toHaveLength(19);
});

test("it goes out at once when the relay comes up", () => {
  const { undelivered, resent } = setUp();
  undelivered.onSent(PEER, INITIATION);
  undelivered.onAbsent(PEER);
  undelivered.onUp();
  expect(resent).toEqual([INITIATION]);
  vi.advanceTimersByTime(60_000);
  expect(resent).toHaveLength(1);
});

test("other packets are never repeated", () => {
  const { undelivered, resent } = setUp();
  undelivered.onSent(PEER, DATA);
  undelivered.onAbsent(PEER);
  vi.advanceTimersByTime(60_000);
  expect(resent).toEqual([]);
});

test("nothing is sent after the end", () => {
  const { undelivered, resent } = setUp();
  undelivered.onSent(PEER, INITIATION);
  undelivered.onAbsent(PEER);
  undelivered.close();
  vi.advanceTimersByTime(60_000);
  expect(resent).toEqual([]);
});

function setUp() {
  const resent: Uint8Array[] = [];
  return { resent, undelivered: new Undelivered((_, initiation) => resent.push(initiation)) };
}
