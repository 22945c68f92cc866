/** The pairs that simultaneous sending alone opens: how sure it is under loss and skew, and how close to the least time there is. */
import { CLASSIC_NATS } from "@pinhole/natsim";
import { chooseTechnique, measuredClass } from "@pinhole/protocol/punch";
import { profileOf } from "@pinhole/path-engine/testing";
import { percent, percentile } from "./figure.ts";
import { PAIRS } from "./matrix.ts";
import type { Measurement } from "./measurement.ts";
import { type PairOptions, type PairRun, runPair } from "./run-pair.ts";

export const SIMPLE_PAIRS = PAIRS.filter(([a, b]) => {
  const [one, other] = [measuredClass(profileOf(CLASSIC_NATS[a])), measuredClass(profileOf(CLASSIC_NATS[b]))];
  return one !== undefined && other !== undefined && chooseTechnique(one, other).kind === "simultaneous";
});

const LOSS = 0.05;
const LOSSY_RTT_MS = 100;
const LOSSY_WITHIN_MS = 1_500;

/** Loss is each way of the path; the skew of the two starts is anything up to the path's one-way delay. */
export const lossySimplePairs: Measurement<PairRun> = {
  id: "lossy simple pairs",
  size: (seeds) => SIMPLE_PAIRS.length * seeds,
  take: (at) => {
    const { nats, seed } = caseAt(at);
    return runPair({
      nats,
      seed,
      line: { delayMs: LOSSY_RTT_MS / 4, loss: 1 - Math.sqrt(1 - LOSS) },
      clockErrorMs: ((seed % 21) / 20) * (LOSSY_RTT_MS / 2),
      withinMs: 4_000,
    });
  },
  figure: (runs) => {
    // The clock of a simulation begins with the request; what is promised begins with the common start.
    const inTime = runs.filter(({ isDirect, ms }) => isDirect && ms <= LOSSY_WITHIN_MS).length;
    const slowest = Math.max(...runs.map(({ ms }) => ms));
    return {
      name: `${SIMPLE_PAIRS.length} simple pairs at 5 % loss, 100 ms round trip, skew up to one way: direct within 1.5 s`,
      bound: "100 %",
      measured: `${percent(inTime, runs.length)} of ${runs.length}, slowest ${slowest.toFixed(0)} ms`,
      isMet: inTime === runs.length,
    };
  },
};

const SERVER_ONE_WAY_MS = 25;
const PATH_RTT_MS = 100;

export const timeToDirect: Measurement<PairRun> = {
  id: "time to direct",
  size: (seeds) => SIMPLE_PAIRS.length * seeds,
  take: (at) =>
    runPair({
      ...caseAt(at),
      line: { delayMs: PATH_RTT_MS / 4 },
      serverDelayMs: SERVER_ONE_WAY_MS,
      withinMs: 4_000,
    }),
  figure: (runs) => {
    const unit = 2 * SERVER_ONE_WAY_MS + PATH_RTT_MS;
    const units = runs.map(({ ms }) => ms / unit);
    return {
      name: "simple pairs, warm: median time to direct, in signalling round trip + path round trip",
      bound: "≤ 1.15",
      measured: `${percentile(units, 0.5).toFixed(2)} (p95 ${percentile(units, 0.95).toFixed(2)})`,
      isMet: percentile(units, 0.5) <= 1.15 && runs.every(({ isDirect }) => isDirect),
    };
  },
};

/** Every pair once, then every pair with the next seed. */
function caseAt(at: number): Pick<PairOptions, "nats"> & { readonly seed: number } {
  const [index, round] = [at % SIMPLE_PAIRS.length, Math.floor(at / SIMPLE_PAIRS.length)];
  const pair = SIMPLE_PAIRS[index];
  if (pair === undefined) throw new RangeError(`there is no sample ${at}`);
  const [a, b] = pair;
  return { nats: [CLASSIC_NATS[a], CLASSIC_NATS[b]], seed: 1 + index + (round + 1) * 7_919 };
}
