/**
 * One side's record of an attempt. Times are milliseconds after the plan's start on the server's clock (negative before
 * it), so that both sides' events merge into one order.
 */
import * as z from "zod";
import { attemptIdSchema, deviceIdSchema } from "../ids.ts";
import { visibleTextSchema } from "../visible-text.ts";
import { candidateKindSchema, candidatesSchema, endpointSchema } from "./candidate.ts";
import { natProfileSchema, portMappingSchema } from "./nat-profile.ts";

export const traceEventSchema = z.object({
  atMs: z.number().min(-60_000).max(600_000),
  kind: z.enum([
    "plan-received",
    "started",
    "stage-started",
    "port-observed",
    "note-sent",
    "note-received",
    "probe-sent",
    "spray-sent",
    "spray-denied",
    "probe-received",
    "pong-received",
    "candidate-discovered",
    "path-verified",
    "path-selected",
    "gave-up",
    "cancelled",
  ]),
  endpoint: endpointSchema.optional(),
  candidate: candidateKindSchema.optional(),
  rttMs: z.number().min(0).max(60_000).optional(),
  /** How many events of this kind and endpoint are folded into this one, beyond the first. */
  repeated: z.number().int().min(0).max(10_000).optional(),
  note: visibleTextSchema(80).optional(),
});
export type TraceEvent = z.infer<typeof traceEventSchema>;

export const traceOutcomeSchema = z.enum(["direct", "no-path", "cancelled"]);

export const attemptTraceSchema = z.object({
  attemptId: attemptIdSchema,
  peerId: deviceIdSchema,
  outcome: traceOutcomeSchema,
  /** Of the path that was verified, if any. */
  endpoint: endpointSchema.optional(),
  rttMs: z.number().min(0).max(60_000).optional(),
  candidates: candidatesSchema,
  natProfile: natProfileSchema.nullable(),
  portMapping: portMappingSchema.optional(),
  /** Half the round trip of the clock exchange with the server: how far event times may be off. */
  clockUncertaintyMs: z.number().min(0).max(60_000),
  events: z.array(traceEventSchema).max(64),
});
export type AttemptTrace = z.infer<typeof attemptTraceSchema>;
