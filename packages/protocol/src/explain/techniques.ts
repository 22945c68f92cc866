/** What each stage of an attempt did and what came of it, by both sides' records. Pure. */
import * as z from "zod";
import type { TraceEvent } from "../control/trace.ts";
import { type StageKind, type Strategy, stageKindSchema } from "../punch/strategy.ts";
import { countOf, eventsOf, ranStage } from "./crossing.ts";
import type { Traces } from "./merge-traces.ts";

export const techniqueSchema = z.object({
  stage: stageKindSchema,
  /** `unreported`: nobody's record is at hand, or the agents do not tell their stages apart. */
  result: z.enum(["opened", "missed", "denied", "not-run", "unreported"]),
  /** Packets that each side sent for it. */
  sent: z.object({ a: z.number().int().nonnegative(), b: z.number().int().nonnegative() }),
});
export type TechniqueReport = z.infer<typeof techniqueSchema>;

/** By which events a stage's sending is counted; probes of the prediction are told apart from those to candidates by it. */
const COUNTED: Record<StageKind, readonly TraceEvent["kind"][]> = {
  simultaneous: ["probe-sent"],
  predict: ["port-observed"],
  cover: ["port-observed"],
  birthday: ["spray-sent"],
};

export function techniquesOf(traces: Traces, strategy: Strategy | null): TechniqueReport[] {
  const both = [traces.a, traces.b];
  const ran = both.flatMap((trace) => eventsOf(trace, "stage-started")).flatMap(({ note }) => stageOf(note));
  const kinds = new Set<StageKind>([...(strategy?.stages.map(({ kind }) => kind) ?? []), ...ran]);
  const opener = openerOf(traces, [...kinds]);
  return [...kinds].map((stage) => ({
    stage,
    result: stage === opener ? "opened" : resultOf(stage, traces),
    sent: { a: sentBy(traces.a, stage), b: sentBy(traces.b, stage) },
  }));
}

function stageOf(note: string | undefined): StageKind[] {
  const stage = stageKindSchema.safeParse(note);
  return stage.success ? [stage.data] : [];
}

function sentBy(trace: Traces["a"], stage: StageKind): number {
  return countOf(eventsOf(trace, ...COUNTED[stage]));
}

function resultOf(stage: StageKind, traces: Traces): TechniqueReport["result"] {
  const both = [traces.a, traces.b];
  if (both.every((trace) => trace === null)) return "unreported";
  if (stage === "birthday" && both.some((trace) => eventsOf(trace, "spray-denied").length > 0)) return "denied";
  const isSent = sentBy(traces.a, stage) + sentBy(traces.b, stage) > 0;
  if (isSent || both.some((trace) => ranStage(trace, stage))) return "missed";
  return both.some((trace) => eventsOf(trace, "stage-started").length > 0) ? "not-run" : "unreported";
}

/** Whose path it was: a candidate that the plan named is the simultaneous stage's, one met on the way the last stage's. */
function openerOf(traces: Traces, kinds: readonly StageKind[]): StageKind | undefined {
  const verified = [traces.a, traces.b].flatMap((trace) => eventsOf(trace, "path-verified"));
  const [first] = verified;
  if (first === undefined) return undefined;
  const isMet = verified.every(({ candidate }) => candidate === "peer-reflexive");
  return isMet ? (kinds.at(-1) ?? "simultaneous") : "simultaneous";
}
