import { SeededRandom } from "@pinhole/natsim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PortSample } from "./port-sample.ts";
import { findSequence } from "./port-sequence.ts";

const MAPPED = "203.0.113.1";
/** When a measurement asks from its fresh sockets. */
const TIMES = [0, 5, 10, 15, 20, 25, 30, 130, 135, 140];

describe("a counter", () => {
  test.each([
    ["up by one", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1],
    ["up by two", [2, 4, 6, 8, 10, 12, 14, 16, 18, 20], 2],
    ["down by one", [10, 9, 8, 7, 6, 5, 4, 3, 2, 1], -1],
    ["with foreign flows in between", [1, 2, 4, 5, 6, 9, 10, 30, 31, 33], 1],
    ["by two, with foreign flows in between", [2, 4, 8, 10, 12, 18, 20, 60, 62, 66], 2],
    ["that wraps around", [64_000, 64_001, 64_002, 64_003, -1_000, -999, -998, -997, -996, -995], 1],
    ["of which two packets overtook each other", [1, 2, 4, 3, 5, 6, 7, 8, 9, 10], 1],
    ["of a busy NAT, which skips a few each time", [3, 8, 12, 19, 23, 30, 34, 79, 84, 90], 1],
    // Every flow takes a pair of ports, and now and then one takes a single one.
    ["by two, and once by one", [2, 4, 6, 8, 10, 12, 13, 15, 17, 19], 2],
  ])("%s", (_, ports, step) => {
    expect(findSequence(samples(ports))?.step).toBe(step);
  });

  test("shows gaps where answers were lost, and no more foreign flows for that", () => {
    const all = samples([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const kept = all.filter(({ order }) => ![1, 4, 5].includes(order));
    expect(findSequence(kept)).toEqual({ step: 1, arrivalsPerSecond: 0 });
  });

  test("tells how many flows others make a second", () => {
    const random = new SeededRandom(5);
    let port = 0;
    const rates = Array.from({ length: 200 }, () => {
      const ports = TIMES.map((at, index) => {
        const elapsed = at - (TIMES[index - 1] ?? at);
        for (let ms = 0; ms < elapsed; ms++) if (random.next() < 0.035) port++;
        return ++port;
      });
      return findSequence(samples(ports))?.arrivalsPerSecond ?? Number.NaN;
    });
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    expect(mean).toBeGreaterThan(32);
    expect(mean).toBeLessThan(38);
  });
});

test("three samples are too few", () => {
  expect(findSequence(samples([1, 2, 3]))).toBeUndefined();
});

test.each([128, 1_024, 64_000])("ports drawn from %d are hardly ever taken for a sequence", (range) => {
  const random = new SeededRandom(range);
  let taken = 0;
  for (let run = 0; run < 5_000; run++) {
    if (findSequence(samples(TIMES.map(() => random.int(0, range - 1)))) !== undefined) taken++;
  }
  expect(taken).toBeLessThanOrEqual(2);
});

test("the samples may come in any order", () => {
  const ordered = samples([1, 2, 4, 5, 6, 9, 10, 30, 31, 33]);
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
      expect(findSequence(shuffled)).toEqual(findSequence(ordered));
    }),
  );
});

/** Ports above 1,024, in order. */
function samples(ports: readonly number[]): PortSample[] {
  return ports.map((port, order) => ({
    order,
    sentAt: TIMES[order] ?? 0,
    localPort: 50_000 + order,
    mapped: { address: MAPPED, port: 1_024 + port },
  }));
}
