/** All there is to say of a pair: the verdict, and what it was reached from. `a` is the device that asks. */
import * as z from "zod";
import { triggerSchema } from "../control/punch-plan.ts";
import { natProfileSchema } from "../control/nat-profile.ts";
import { traceOutcomeSchema } from "../control/trace.ts";
import type { Strategy } from "../punch/strategy.ts";
import type { PairEvidence } from "./evidence.ts";
import { explainAttempt } from "./explain-attempt.ts";
import { mergedEventSchema, mergeTraces } from "./merge-traces.ts";
import { techniqueSchema, techniquesOf } from "./techniques.ts";
import { verdictSchema } from "./verdict.ts";

const sideSchema = z.object({
  natProfile: natProfileSchema.nullable(),
  /** How far its event times may be off; null where its record is not at hand. */
  clockUncertaintyMs: z.number().nullable(),
});

export const pastAttemptSchema = z.object({
  /** Milliseconds since the epoch, on the server's clock. */
  at: z.number(),
  outcome: traceOutcomeSchema.nullable(),
  rttMs: z.number().nullable(),
  trigger: triggerSchema.optional(),
});
export type PastAttempt = z.infer<typeof pastAttemptSchema>;

export const explanationSchema = z.object({
  verdict: verdictSchema,
  sides: z.object({ a: sideSchema, b: sideSchema }),
  techniques: z.array(techniqueSchema).max(8),
  events: z.array(mergedEventSchema).max(128),
  /** The newest first. */
  attempts: z.array(pastAttemptSchema).max(20),
});
export type Explanation = z.infer<typeof explanationSchema>;

export function explainPair(evidence: PairEvidence, attempts: readonly PastAttempt[]): Explanation {
  const traces = { a: evidence.a.trace, b: evidence.b?.trace ?? null };
  const strategy: Strategy | null = evidence.strategy ?? null;
  const side = (name: "a" | "b") => ({
    natProfile: evidence[name]?.natProfile ?? traces[name]?.natProfile ?? null,
    clockUncertaintyMs: traces[name]?.clockUncertaintyMs ?? null,
  });
  return {
    verdict: explainAttempt(evidence),
    sides: { a: side("a"), b: side("b") },
    techniques: techniquesOf(traces, strategy),
    events: mergeTraces(traces),
    attempts: [...attempts],
  };
}
