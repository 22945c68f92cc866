/**
 * The 378 pairs of the 27 classic NAT types (mapping × allocation × filtering): how many become direct, in how many of the
 * seeds. Nothing is lost on the way, and one allocation in five is another host's.
 */
import { CLASSIC_NATS, type ClassicNat } from "@pinhole/natsim";
import type { Measurement } from "./measurement.ts";
import { runPair } from "./run-pair.ts";

export const TYPES = Object.keys(CLASSIC_NATS) as readonly ClassicNat[];
export const PAIRS = TYPES.flatMap((a, at) => TYPES.slice(at).map((b): readonly [ClassicNat, ClassicNat] => [a, b]));

/** A pair counts as one that becomes direct from this share of the seeds on. */
export const ENOUGH = 0.95;

/** One attempt, the longest there is. */
const WITHIN_MS = 9_000;

/** Seeds of one pair have nothing in common with another's. */
const SEED_STRIDE = 100_003;

export type Cell = {
  readonly a: ClassicNat;
  readonly b: ClassicNat;
  readonly seeds: number;
  readonly direct: number;
  readonly technique: string;
  /** Of those that became direct. */
  readonly medianMs: number | null;
  /** The most that either NAT had to bear. */
  readonly sessions: number;
};

const WANTED_PAIRS = 365;

export const matrix: Measurement<Cell> = {
  id: "matrix",
  size: () => PAIRS.length,
  take: runCell,
  figure: (cells) => {
    const direct = cells.filter(isDirect).length;
    return {
      name: "NAT type pairs direct in ≥ 95 % of the seeds, 20 % foreign allocations, profiles measured",
      bound: `≥ ${WANTED_PAIRS} of ${PAIRS.length}`,
      measured: String(direct),
      isMet: direct >= WANTED_PAIRS,
    };
  },
};

function runCell(at: number, seeds: number): Cell {
  const pair = PAIRS[at];
  if (pair === undefined) throw new RangeError(`there is no pair ${at}`);
  const [a, b] = pair;
  const runs = Array.from({ length: seeds }, (_, seed) =>
    runPair({ nats: [CLASSIC_NATS[a], CLASSIC_NATS[b]], seed: (seed + 1) * SEED_STRIDE + at, withinMs: WITHIN_MS }),
  );
  const times = runs.flatMap(({ isDirect, ms }) => (isDirect ? [ms] : [])).toSorted((x, y) => x - y);
  const techniques = new Map<string, number>();
  for (const { technique } of runs) techniques.set(technique, (techniques.get(technique) ?? 0) + 1);
  const [usual] = [...techniques].toSorted(([, x], [, y]) => y - x);
  return {
    a,
    b,
    seeds,
    direct: times.length,
    technique: usual?.[0] ?? "",
    medianMs: times[times.length >> 1] ?? null,
    sessions: Math.max(...runs.flatMap(({ sessions }) => sessions)),
  };
}

export const isDirect = ({ direct, seeds }: Cell): boolean => direct >= ENOUGH * seeds;
