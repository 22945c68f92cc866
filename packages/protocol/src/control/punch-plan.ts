/** What the coordinator tells both sides of a pair, so that they send at the same moment. */
import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { attemptIdSchema, deviceIdSchema } from "../ids.ts";
import { strategySchema } from "../punch/strategy.ts";
import { candidatesSchema } from "./candidate.ts";
import { natProfileSchema } from "./nat-profile.ts";

export const triggerSchema = z.enum(["traffic", "network-change", "path-lost", "upgrade", "manual"]);
export type Trigger = z.infer<typeof triggerSchema>;

export const punchPlanSchema = z.object({
  attemptId: attemptIdSchema,
  peerId: deviceIdSchema,
  trigger: triggerSchema,
  /** The side that asked is the initiator; every trace names its side so. */
  role: z.enum(["initiator", "responder"]),
  /** Milliseconds since the epoch on the server's clock: both sides' first packets leave then. */
  startAt: z.number(),
  peerCandidates: candidatesSchema,
  peerNatProfile: natProfileSchema.nullable(),
  peerProbeEpoch: bytesSchema(16),
  strategy: strategySchema,
});
export type PunchPlan = z.infer<typeof punchPlanSchema>;

export const punchRequestSchema = z.object({ peerId: deviceIdSchema, trigger: triggerSchema });
/** The message of the tRPC error that a punch request is refused with. */
export type PunchRefusal = "peer-not-found" | "peer-offline" | "no-candidates" | "too-many-requests";
