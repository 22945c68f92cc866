/** An endpoint-independent NAT against one that has another port for each endpoint: the three ways that ports are given out. */
import { CLASSIC_NATS, type NatOptions } from "@pinhole/natsim";
import { percent, percentile } from "./figure.ts";
import type { Measurement } from "./measurement.ts";
import { type PairRun, runPair } from "./run-pair.ts";

type Case = {
  readonly name: string;
  readonly hard: NatOptions;
  readonly share: number;
  readonly withinMs: number;
  readonly sessions?: number;
};

const CASES: readonly Case[] = [
  { name: "sequential", hard: CLASSIC_NATS["PD-PC-PD"], share: 0.95, withinMs: 1_000 },
  {
    name: "random in a block of 1,024 ports",
    hard: {
      ...CLASSIC_NATS["PD-RD-PD"],
      allocation: { kind: "block", size: 1_024, maxBlocks: 1, within: "random", isAligned: true },
    },
    share: 0.98,
    withinMs: 1_500,
    sessions: 200,
  },
  {
    name: "random over the full range",
    hard: CLASSIC_NATS["PD-RD-PD"],
    share: 0.97,
    withinMs: 8_000,
    sessions: 1_300,
  },
];

export const hardPairs: readonly Measurement<PairRun>[] = CASES.map(
  ({ name, hard, share, withinMs, sessions: most = Number.POSITIVE_INFINITY }) => ({
    id: `hard: ${name}`,
    size: (seeds) => seeds,
    take: (at) =>
      runPair({ nats: [CLASSIC_NATS["EI-PP-PD"], hard], seed: 17 + at * 7_919, line: { delayMs: 25 }, withinMs }),
    figure: (runs) => {
      const direct = runs.filter(({ isDirect }) => isDirect);
      const sessions = Math.max(...runs.flatMap((run) => run.sessions));
      const times = direct.map(({ ms }) => ms);
      const bySessions = most === Number.POSITIVE_INFINITY ? "" : `, ≤ ${most} new sessions a side`;
      return {
        name: `endpoint-independent × ${name}`,
        bound: `≥ ${share * 100} % within ${withinMs / 1_000} s${bySessions}`,
        measured: `${percent(direct.length, runs.length)} of ${runs.length}, p50 ${percentile(times, 0.5).toFixed(0)} ms, p95 ${percentile(times, 0.95).toFixed(0)} ms, at most ${sessions} sessions`,
        isMet: direct.length >= share * runs.length && sessions <= most,
      };
    },
  }),
);
