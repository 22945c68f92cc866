/**
 * Whether public ports follow each other, and by how much; pure.
 *
 * Other flows behind the same NAT take ports in between, and an answer that was lost leaves a gap, so that a difference is
 * the step a few times over. One difference may fall out of line: where the counter wraps around or moves to another block,
 * or where two packets overtook each other.
 */
import type { PortSample } from "./port-sample.ts";

export type PortSequence = {
  readonly step: number;
  /** Of other flows; undefined where the samples lie too close together in time to tell. */
  readonly arrivalsPerSecond: number | undefined;
};

/** Three differences in line are chance once in a thousand times where a NAT draws from a block of 128 ports. */
const MIN_SAMPLES = 4;
/** With fewer, a random order that breaks only once is too common. */
const MIN_SAMPLES_FOR_BREAK = 8;
const MAX_STEP = 64;
const MOST = 0.7;

/** Between two samples: what others may take at any moment, and what they take a millisecond on a busy NAT. */
const FOREIGN_AT_ONCE = 6;
const FOREIGN_PER_MS = 0.5;

/** Below, a flow more or less changes the rate by more than it is. */
const MIN_RATE_MS = 50;

type Difference = { readonly ports: number; readonly own: number; readonly ms: number };

export function findSequence(samples: readonly PortSample[]): PortSequence | undefined {
  const ordered = samples.toSorted((a, b) => a.order - b.order);
  if (ordered.length < MIN_SAMPLES) return undefined;
  const differences = differencesOf(ordered);
  const sign = Math.sign(differences.reduce((sum, { ports }) => sum + Math.sign(ports), 0));
  const forward = differences.map((difference) => ({ ...difference, ports: difference.ports * sign }));
  const step = stepOf(forward.map(({ ports }) => ports).filter((ports) => ports > 0));
  if (step === undefined) return undefined;
  const inLine = forward.filter((difference) => isInLine(difference, step));
  const breaks = forward.length - inLine.length;
  if (breaks > (ordered.length >= MIN_SAMPLES_FOR_BREAK ? 1 : 0)) return undefined;
  return { step: step * sign, arrivalsPerSecond: rateOf(inLine, step) };
}

function differencesOf(ordered: readonly PortSample[]): Difference[] {
  return ordered.slice(1).flatMap((sample, index) => {
    const before = ordered[index];
    if (before === undefined) return [];
    return {
      ports: sample.mapped.port - before.mapped.port,
      own: sample.order - before.order,
      ms: sample.sentAt - before.sentAt,
    };
  });
}

/** What all differences have in common, unless most are one larger number: not every flow takes a whole step. */
function stepOf(ports: readonly number[]): number | undefined {
  const likely = ports.filter((each) => each <= MAX_STEP * FOREIGN_AT_ONCE);
  if (likely.length === 0) return undefined;
  const counts = [...Map.groupBy(likely, (each) => each)].map(([each, times]) => [each, times.length] as const);
  const [usual, times] = counts.reduce((most, each) => (each[1] > most[1] ? each : most));
  const step = times >= MOST * likely.length ? usual : likely.reduce(greatestCommonDivisor);
  return step <= MAX_STEP ? step : undefined;
}

function isInLine({ ports, own, ms }: Difference, step: number): boolean {
  return ports > 0 && ports / step <= 2 * own + FOREIGN_AT_ONCE + FOREIGN_PER_MS * ms;
}

function rateOf(inLine: readonly Difference[], step: number): number | undefined {
  const ms = inLine.reduce((sum, difference) => sum + difference.ms, 0);
  if (ms < MIN_RATE_MS) return undefined;
  const foreign = inLine.reduce((sum, { ports, own }) => sum + ports / step - own, 0);
  return Math.max(0, Math.min(10_000, (foreign * 1_000) / ms));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
