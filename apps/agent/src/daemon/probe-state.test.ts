import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newLog } from "../log.ts";
import { StateStore } from "../state/store.ts";
import { ProbeState } from "./probe-state.ts";

const NOW = Date.UTC(2026, 0, 1);

let folder: string;
let store: StateStore;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-probe-"));
  store = new StateStore(join(folder, "state"));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

test("no boot count comes twice: not when the clock steps back, not when the state is restored", () => {
  const first = start(NOW).bootCount;
  const restored = store.load("runtime")!;
  const second = start(NOW).bootCount;
  const third = start(NOW - 1e9).bootCount;
  expect([second, third]).toEqual([first + 1, first + 2]);
  store.save("runtime", restored);
  expect(start(NOW + 10_000).bootCount).toBeGreaterThan(third);
});

test("no boot count comes twice while the disk takes nothing", () => {
  const first = start(NOW).bootCount;
  // A directory in the place of the file: nothing replaces it.
  rmSync(join(store.directory, "runtime.json"));
  mkdirSync(join(store.directory, "runtime.json", "x"), { recursive: true });
  const counts = [1, 2, 3].map(
    (seconds) => new ProbeState({ store: unreadable(), log: log(), wallClock: () => NOW + seconds * 1_000 }).bootCount,
  );
  expect(new Set([first, ...counts]).size).toBe(4);
  expect(lines.join("\n")).toContain("cannot be written");
});

test("the epoch of the last run stays until peers can be told of another, and is still known then", () => {
  const first = start(NOW);
  const renewed = first.renew()!;
  expect(first.renew()).toBeUndefined();
  expect(first.epoch).toEqual(renewed);
  const second = start(NOW);
  expect(second.epoch).toEqual(renewed);
  expect(second.previousEpoch).toHaveLength(16);
  const next = second.renew()!;
  expect(start(NOW)).toMatchObject({ epoch: next, previousEpoch: renewed });
});

test("the UDP port is kept", () => {
  expect(start(NOW).udpPort).toBe(0);
  start(NOW).keepUdpPort(40_123);
  expect(start(NOW).udpPort).toBe(40_123);
});

test("a damaged file is set aside, and told of", () => {
  start(NOW).keepUdpPort(40_123);
  writeFileSync(join(store.directory, "runtime.json"), "{ half");
  expect(start(NOW + 5_000)).toMatchObject({ udpPort: 0 });
  expect(lines[0]).toContain("was damaged");
});

function start(now: number): ProbeState {
  return new ProbeState({ store, log: log(), wallClock: () => now });
}

/** The same directory; what is in the way of the file is not what this is about. */
function unreadable(): StateStore {
  const other = new StateStore(store.directory);
  other.loadOrSetAside = () => undefined;
  return other;
}

const log = () =>
  newLog(
    (line) => lines.push(line),
    "info",
    () => NOW,
  );
