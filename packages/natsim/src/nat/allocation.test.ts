import { describe, expect, test } from "vitest";
import { SeededRandom } from "../seeded-random.ts";
import { type AllocationOptions, newAllocator } from "./allocation.ts";
import { WHOLE_RANGE } from "./port-search.ts";

describe("preserve", () => {
  test("keeps the inside port where it is free", () => {
    expect(newPorts({ kind: "preserve", onClash: "random" }).take(5_000)).toBe(5_000);
  });

  test("takes the next one up, or any other, where it is not", () => {
    const sequential = newPorts({ kind: "preserve", onClash: "sequential" });
    expect([5_000, 5_000, 5_000].map((port) => sequential.take(port))).toEqual([5_000, 5_001, 5_002]);
    const random = newPorts({ kind: "preserve", onClash: "random" });
    const others = Array.from({ length: 50 }, () => random.take(5_000)).slice(1);
    expect(new Set(others).size).toBe(49);
    expect(spread(others)).toBeGreaterThan(40_000);
  });
});

describe("sequential", () => {
  test("counts by its step, and on from the other end of the range", () => {
    const range = [1_000, 1_005] as const;
    const up = newPorts({ kind: "sequential", step: 2, start: 1_002, range });
    expect([1, 2, 3].map(() => up.take())).toEqual([1_002, 1_004, 1_000]);
    const down = newPorts({ kind: "sequential", step: -1, start: 1_001, range });
    expect([1, 2, 3].map(() => down.take())).toEqual([1_001, 1_000, 1_005]);
  });

  test("passes over ports that are taken, and says when there is none", () => {
    const ports = newPorts({ kind: "sequential", start: 1_000, range: [1_000, 1_002] });
    ports.taken.add(1_001);
    expect([1, 2, 3].map(() => ports.take())).toEqual([1_000, 1_002, undefined]);
  });

  test("starts anywhere, unless told where", () => {
    const starts = [1, 2, 3, 4].map((seed) => newPorts({ kind: "sequential" }, seed).take());
    expect(new Set(starts).size).toBe(4);
  });
});

describe("random", () => {
  test("draws evenly from the whole range", () => {
    const { take } = newPorts({ kind: "random" });
    const ports = Array.from({ length: 4_000 }, () => take() ?? 0);
    expect(new Set(ports).size).toBe(4_000);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(WHOLE_RANGE[0]);
    const mean = ports.reduce((sum, port) => sum + port, 0) / ports.length;
    expect(mean).toBeGreaterThan(32_300);
    expect(mean).toBeLessThan(34_300);
  });

  test("finds the last free port of a range", () => {
    const ports = newPorts({ kind: "random", range: [1, 200] });
    expect(new Set(Array.from({ length: 200 }, () => ports.take())).size).toBe(200);
    expect(ports.take()).toBeUndefined();
  });
});

describe("blocks", () => {
  const BLOCK = { kind: "block", size: 64, maxBlocks: 2, within: "random" } as const;

  test("hold a host's ports together, and are as many as it may have", () => {
    const { take } = newPorts(BLOCK);
    const first = Array.from({ length: 64 }, () => take() ?? 0);
    const second = Array.from({ length: 64 }, () => take() ?? 0);
    for (const ports of [first, second]) {
      expect(new Set(ports).size).toBe(64);
      expect(spread(ports)).toBe(63);
      expect((Math.min(...ports) - WHOLE_RANGE[0]) % 64).toBe(0);
    }
    expect(Math.abs((first[0] ?? 0) - (second[0] ?? 0))).toBeGreaterThan(0);
    expect(take()).toBeUndefined();
  });

  test("of different hosts are different", () => {
    const { take } = newPorts(BLOCK);
    const blocks = Array.from({ length: 300 }, (_, host) => Math.floor(((take(5_000, host) ?? 0) - 1_024) / 64));
    expect(new Set(blocks).size).toBe(300);
  });

  test("may be filled in order", () => {
    const { take } = newPorts({ ...BLOCK, within: "sequential" });
    const [first = 0, ...more] = Array.from({ length: 64 }, () => take());
    expect(more).toEqual(Array.from({ length: 63 }, (_, n) => first + n + 1));
  });

  test("may begin anywhere, without overlapping", () => {
    const { take } = newPorts({ ...BLOCK, within: "sequential", isAligned: false });
    const firsts = Array.from({ length: 100 }, (_, host) => take(5_000, host) ?? 0).toSorted((a, b) => a - b);
    expect(firsts.some((first) => (first - 1_024) % 64 !== 0)).toBe(true);
    expect(firsts.every((first, n) => n === 0 || first - (firsts[n - 1] ?? 0) >= 64)).toBe(true);
  });

  test("run out with the range", () => {
    const { take } = newPorts({ ...BLOCK, range: [1_024, 1_024 + 4 * 64 - 1] });
    const got = Array.from({ length: 5 }, (_, host) => take(5_000, host));
    expect(got.map((port) => port === undefined)).toEqual([false, false, false, false, true]);
  });
});

function newPorts(options: AllocationOptions, seed = 1) {
  const allocator = newAllocator(options, new SeededRandom(seed));
  const taken = new Set<number>();
  const take = (preferred = 5_000, host = 1): number | undefined => {
    const port = allocator.allocate({ preferred, host, isFree: (candidate) => !taken.has(candidate) });
    if (port !== undefined) taken.add(port);
    return port;
  };
  return { take, taken };
}

function spread(ports: readonly (number | undefined)[]): number {
  const known = ports.filter((port) => port !== undefined);
  return Math.max(...known) - Math.min(...known);
}
