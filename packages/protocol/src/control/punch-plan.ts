/** What the coordinator tells both sides of a pair, so that they send at the same moment. */
import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { attemptIdSchema, deviceIdSchema } from "../ids.ts";
import { roleSchema, strategySchema } from "../punch/strategy.ts";
import { candidatesSchema, MAX_PROVEN_ADDRESSES } from "./candidate.ts";
import { natProfileSchema } from "./nat-profile.ts";

export const triggerSchema = z.enum(["traffic", "network-change", "path-lost", "upgrade", "manual"]);
export type Trigger = z.infer<typeof triggerSchema>;

export const punchPlanSchema = z.object({
  attemptId: attemptIdSchema,
  peerId: deviceIdSchema,
  trigger: triggerSchema,
  /** The side that asked is the initiator; every trace names its side so. */
  role: roleSchema,
  /** Milliseconds since the epoch on the server's clock: both sides' first packets leave then. */
  startAt: z.number(),
  peerCandidates: candidatesSchema,
  peerNatProfile: natProfileSchema.nullable(),
  peerProbeEpoch: bytesSchema(16),
  /** Public addresses of the peer that the server has seen by itself: nobody sprays at another one on a peer's word. */
  peerProvenAddresses: z.array(z.string().max(45)).max(MAX_PROVEN_ADDRESSES).optional(),
  strategy: strategySchema,
});
export type PunchPlan = z.infer<typeof punchPlanSchema>;

export const punchRequestSchema = z.object({
  peerId: deviceIdSchema,
  trigger: triggerSchema,
  /** Attempts that failed in a row: each retry differs from the one before it in one thing. */
  failures: z.number().int().min(0).max(1_000_000).optional(),
});
export type PunchRequest = z.infer<typeof punchRequestSchema>;
/** Of whom a device asks why it is reached as it is. */
export const explainInputSchema = z.object({ peerId: deviceIdSchema });

/** The message of the tRPC error that a punch request is refused with. */
export type PunchRefusal =
  | "peer-not-found"
  | "peer-offline"
  | "relay-only"
  | "no-candidates"
  /** All that is left to try has to wait for another pair; the plan comes when it is its turn. */
  | "awaiting-turn"
  | "too-many-requests";
