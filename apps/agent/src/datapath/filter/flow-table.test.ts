import { describe, expect, test } from "vitest";
import { type FlowKey, FlowTable } from "./flow-table.ts";

const LIFETIME_MS = 1_000;
const NEVER_SHORTER = Number.POSITIVE_INFINITY;

const flow = (localPort: number, remotePort = 80, protocol = 6): FlowKey => ({
  bytes: Uint8Array.of(100, 90, 0, 1, 100, 90, 0, 2),
  localAt: 0,
  remoteAt: 4,
  addressBytes: 4,
  localPort,
  remotePort,
  protocol,
});

const ours = (now: number) => ({ owner: "ours", now, lifetimeMs: LIFETIME_MS }) as const;
const theirs = (now: number) => ({ owner: "theirs", now, lifetimeMs: LIFETIME_MS }) as const;

describe("a flow", () => {
  test("is known until it has been silent for its lifetime", () => {
    const table = new FlowTable(64);
    table.open(flow(1), ours(0));
    expect(table.ownerOf(flow(1), 999)).toBe("ours");
    expect(table.touch(flow(1), 999, NEVER_SHORTER)).toBe(true);
    expect(table.ownerOf(flow(1), 1_998)).toBe("ours");
    expect(table.ownerOf(flow(1), 1_999)).toBeUndefined();
    expect(table.touch(flow(1), 1_999, NEVER_SHORTER)).toBe(false);
  });

  test("that is closing lives shorter from there on", () => {
    const table = new FlowTable(64);
    table.open(flow(1), ours(0));
    table.touch(flow(1), 0, 10);
    table.touch(flow(1), 5, NEVER_SHORTER);
    expect(table.ownerOf(flow(1), 14)).toBe("ours");
    expect(table.ownerOf(flow(1), 15)).toBeUndefined();
  });

  test("is another one when any of its five numbers is", () => {
    const table = new FlowTable(64);
    table.open(flow(1, 2, 17), ours(0));
    const reversed = { ...flow(1, 2, 17), localAt: 4, remoteAt: 0 };
    for (const other of [flow(2, 2, 17), flow(1, 3, 17), flow(1, 2, 6), flow(2, 1, 17), reversed]) {
      expect(table.ownerOf(other, 0)).toBeUndefined();
    }
  });
});

describe("after a change of policy", () => {
  test("a flow of theirs is judged once, and one of ours never", () => {
    const table = new FlowTable(64);
    table.open(flow(1), theirs(0));
    table.open(flow(2), ours(0));
    const asked: number[] = [];
    const deny = ({ localPort }: FlowKey): boolean => asked.push(localPort) === 0;
    expect(table.isCut(flow(1), 0, deny)).toBe(false);
    table.rejudge();
    for (let turn = 0; turn < 3; turn++) {
      expect([1, 2, 3].map((port) => table.isCut(flow(port), 0, deny))).toEqual([true, false, false]);
    }
    expect(asked).toEqual([1]);
    table.rejudge();
    expect(table.isCut(flow(1), 0, () => true)).toBe(false);
  });

  test("a flow that begins again was judged when it did", () => {
    const table = new FlowTable(64);
    table.open(flow(1), theirs(0));
    table.rejudge();
    expect(table.isCut(flow(1), 0, () => false)).toBe(true);
    table.open(flow(1), ours(1));
    expect(table.isCut(flow(1), 1, () => false)).toBe(false);
  });
});

describe("a table that is full", () => {
  test("gives up what was silent for longest, theirs before ours", () => {
    const table = new FlowTable(8);
    for (let port = 0; port < 7; port++) table.open(flow(port), ours(port));
    table.open(flow(7), theirs(100));
    expect(table.open(flow(8), ours(101))).toBe(true);
    expect(table.ownerOf(flow(7), 101)).toBeUndefined();
    expect(table.open(flow(9), ours(102))).toBe(true);
    expect(table.ownerOf(flow(0), 102)).toBeUndefined();
    expect(table.ownerOf(flow(1), 102)).toBe("ours");
  });

  // A peer that may send us anything at all could otherwise cut off our answers from somebody else.
  test("never gives up one of ours for one of theirs", () => {
    const table = new FlowTable(64);
    for (let port = 0; port < 2_000; port++) table.open(flow(port, 1), ours(0));
    const known = Array.from({ length: 2_000 }, (_, port) => port).filter((port) => table.ownerOf(flow(port, 1), 0));
    expect(known.length).toBe(64);
    for (let port = 0; port < 2_000; port++) expect(table.open(flow(port, 2), theirs(1))).toBe(false);
    for (const port of known) expect(table.ownerOf(flow(port, 1), 1)).toBe("ours");
  });
});

test("a table behaves as a map of what was opened and has not expired", () => {
  const table = new FlowTable(4_096);
  const reference = new Map<number, number>();
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fffffff) % below;
  for (let now = 0; now < 20_000; now++) {
    const port = random(200);
    if (random(2) === 0) {
      table.open(flow(port), ours(now));
      reference.set(port, now + LIFETIME_MS);
    } else {
      expect(table.ownerOf(flow(port), now) !== undefined).toBe((reference.get(port) ?? 0) > now);
    }
  }
});
