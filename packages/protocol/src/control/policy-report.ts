/** What an agent says of the policy as it runs it, and what it tries when it is asked to. */
import * as z from "zod";

export const filterReportSchema = z.object({
  /** Of the filter that runs; see policy/filter-hash.ts. */
  hash: z.string().max(64),
});
export type FilterReport = z.infer<typeof filterReportSchema>;

/** Have the device open a TCP connection from its overlay address to a peer's, as any program on it would. */
export const reachProbeSchema = z.object({
  probeId: z.number().int().nonnegative(),
  address: z.string().max(45),
  port: z.number().int().min(1).max(65_535),
  timeoutMs: z.number().int().min(100).max(10_000),
});
export type ReachProbe = z.infer<typeof reachProbeSchema>;

/** `refused`: the packets came through and nothing listens. `silent`: nothing came back. */
const REACH_OUTCOMES = ["connected", "refused", "silent", "unreachable"] as const;
export type ReachOutcome = (typeof REACH_OUTCOMES)[number];

export const reachReportSchema = z.object({
  probeId: z.number().int().nonnegative(),
  outcome: z.enum(REACH_OUTCOMES),
  ms: z.number().min(0).max(60_000),
});
export type ReachReport = z.infer<typeof reachReportSchema>;
