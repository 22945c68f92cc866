/**
 * How a pair tries to become direct. A pure function of both NAT profiles, so that the coordinator that plans, the agents
 * that act and the page that explains cannot disagree.
 */
import * as z from "zod";

export const stageSchema = z.object({
  kind: z.enum(["simultaneous"]),
  /** After the plan's start. */
  startMs: z.number().int().min(0).max(60_000),
  /** When this stage has failed if nothing was verified. */
  endMs: z.number().int().min(1).max(120_000),
  maxProbes: z.number().int().min(1).max(2_048),
});
export type Stage = z.infer<typeof stageSchema>;

export const strategySchema = z.object({
  stages: z.array(stageSchema).min(1).max(8),
  /** 0 to 1, from the matrix of NAT behaviours; what the stages are expected to reach. */
  predictedChance: z.number().min(0).max(1),
});
export type Strategy = z.infer<typeof strategySchema>;
