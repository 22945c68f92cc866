/** Which packets crossed, by both sides' records. A record that is not at hand says nothing, and that is no silence. */
import type { AttemptTrace, TraceEvent } from "../control/trace.ts";
import type { Side } from "../punch/choose-technique.ts";
import type { StageKind } from "../punch/strategy.ts";
import type { Sides } from "./evidence.ts";
import type { Fact } from "./fact.ts";

/** So often unanswered, a probe was not lost by chance. */
const CERTAIN_PROBES = 3;

export const other = (side: Side): Side => (side === "a" ? "b" : "a");

export function eventsOf(trace: AttemptTrace | null, ...kinds: readonly TraceEvent["kind"][]): TraceEvent[] {
  return trace?.events.filter(({ kind }) => kinds.includes(kind)) ?? [];
}

export const countOf = (events: readonly TraceEvent[]): number =>
  events.reduce((sum, { repeated = 0 }) => sum + 1 + repeated, 0);

export const hasSent = (trace: AttemptTrace | null): boolean => eventsOf(trace, "probe-sent", "spray-sent").length > 0;

export const hasHeard = (trace: AttemptTrace | null): boolean => eventsOf(trace, "probe-received").length > 0;

export const ranStage = (trace: AttemptTrace | null, stage: StageKind): boolean =>
  eventsOf(trace, "stage-started").some(({ note }) => note === stage);

/** That nothing of the other side came to this one, where both sent. */
export function silenceAt(sides: Sides, side: Side): Fact {
  const { trace } = sides[side];
  return { kind: "nothing-arrived", side, measured: trace !== null && hasSent(sides[other(side)].trace) };
}

/**
 * That packets come to `side` and none of its own arrive: by the other's record, or, without it, because the probes that it
 * sent back to where it was reached from have gone unanswered.
 */
export function oneWayTo(sides: Sides, side: Side): readonly Fact[] | undefined {
  const [near, far] = [sides[side].trace, sides[other(side)].trace];
  if (!hasHeard(near) || hasHeard(far) || eventsOf(near, "pong-received").length > 0) return undefined;
  const arrived: Fact = { kind: "arrived", side, measured: true };
  if (far !== null) return [arrived, { kind: "nothing-arrived", side: other(side), measured: hasSent(near) }];
  const from = new Set(eventsOf(near, "probe-received").map(({ endpoint }) => endpoint));
  const sentBack = countOf(eventsOf(near, "probe-sent").filter(({ endpoint }) => from.has(endpoint)));
  return [arrived, { kind: "no-answer", side, measured: sentBack >= CERTAIN_PROBES }];
}
