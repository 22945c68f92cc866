import type { DeviceId } from "@pinhole/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FirstContact } from "./first-contact.ts";

const PEERS = Array.from({ length: 20 }, (_, i): DeviceId => `dev_${String(i).padStart(32, "0")}`);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("waits for a way to the peers, and goes once", () => {
  const { contact, state, pinged } = setUp(true);
  contact.consider();
  expect(pinged).toEqual([]);
  state.hasWay = true;
  contact.consider();
  contact.consider();
  expect(pinged).toEqual(PEERS.slice(0, 8));
  vi.advanceTimersByTime(60_000);
  expect(pinged).toHaveLength(8);
});

test("goes without one when none comes, since a direct path may be found by it", () => {
  const { contact, pinged } = setUp(true);
  contact.consider();
  vi.advanceTimersByTime(5_000);
  expect(pinged).toHaveLength(8);
});

test("waits for peers for as long as it takes", () => {
  const { contact, state, pinged } = setUp(true);
  state.peers = [];
  state.hasWay = true;
  contact.consider();
  vi.advanceTimersByTime(3_600_000);
  state.peers = PEERS.slice(0, 1);
  contact.consider();
  expect(pinged).toEqual(PEERS.slice(0, 1));
});

test("is a new device's alone, and over when the agent is", () => {
  const old = setUp(false);
  old.state.hasWay = true;
  old.contact.consider();
  const ended = setUp(true);
  ended.contact.consider();
  ended.contact.close();
  vi.advanceTimersByTime(60_000);
  expect([old.pinged, ended.pinged]).toEqual([[], []]);
});

function setUp(isDue: boolean) {
  const state = { peers: PEERS as readonly DeviceId[], hasWay: false };
  const pinged: DeviceId[] = [];
  const contact = new FirstContact(isDue, {
    ping: async (peerId) => pinged.push(peerId),
    peers: () => state.peers,
    hasWay: () => state.hasWay,
  });
  return { contact, state, pinged };
}
