/** The figures of `npm run bench:paths` with few seeds: enough to notice when a technique breaks. */
import { describe, expect, test } from "vitest";
import { hardPairs } from "./hard-pairs.ts";
import { type Cell, matrix, PAIRS } from "./matrix.ts";
import type { Measurement } from "./measurement.ts";
import { reasons } from "./reasons.ts";
import { runPair } from "./run-pair.ts";
import { lossySimplePairs, SIMPLE_PAIRS, timeToDirect } from "./simple-pairs.ts";
import { measure, takeSamples } from "./take-samples.ts";
import { deadPath, networkChange, steadyHour } from "./upkeep.ts";

const SEEDS = 2;

describe("the 378 pairs of NAT types", () => {
  test("become direct, all but 13 that no packet opens", { timeout: 170_000 }, async () => {
    const cells = await takeSamples(matrix, SEEDS);
    expect(cells).toHaveLength(PAIRS.length);
    const ever = cells.filter(({ direct }) => direct > 0);
    expect(ever.length).toBeGreaterThanOrEqual(365);
    expect(missedOf(ever), "missed in one of two seeds").toBeLessThanOrEqual(4);
    expect(Math.max(...cells.map(({ sessions }) => sessions))).toBeLessThanOrEqual(1_300);
  });

  test("of which 266 are simple, are direct within 1.5 s under loss, and take little more than two round trips", async () => {
    expect(SIMPLE_PAIRS).toHaveLength(266);
    await expectMet([lossySimplePairs, timeToDirect], 1);
  });
});

test("an easy NAT meets a hard one in time and within budget, however that gives out ports", async () => {
  await expectMet(hardPairs, 10);
});

test("a path that dies, a network that changes and an hour in which nothing happens", async () => {
  await expectMet([deadPath], 5);
  await expectMet([networkChange], 5);
  await expectMet([steadyHour], 1);
});

test("what keeps a pair on the relay is told as it is", { timeout: 120_000 }, async () => {
  await expectMet([reasons], 40);
});

test("the same seed gives the same run", () => {
  const run = () => runPair({ nats: [PORTS_COUNT, PORTS_DRAWN], seed: 5, withinMs: 9_000 });
  expect(run()).toEqual(run());
});

test("samples are the same whichever process takes them", async () => {
  const here = Array.from({ length: 4 }, (_, at) => networkChange.take(at, 4));
  expect(await takeSamples(networkChange, 4)).toEqual(here);
});

const PORTS_COUNT = {
  mapping: "address-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "sequential" },
} as const;
const PORTS_DRAWN = {
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "random" },
} as const;

function missedOf(cells: readonly Cell[]): number {
  return cells.filter(({ direct, seeds }) => direct < seeds).length;
}

async function expectMet<Sample>(measurements: readonly Measurement<Sample>[], seeds: number): Promise<void> {
  for (const measurement of measurements) expect(await measure(measurement, seeds)).toMatchObject({ isMet: true });
}
