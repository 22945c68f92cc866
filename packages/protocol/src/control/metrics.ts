/** One small message every {@link METRICS_INTERVAL_MS}: what a device did since the last one. */
import * as z from "zod";
import { deviceIdSchema } from "../ids.ts";

export const METRICS_INTERVAL_MS = 15_000;

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const metricsReportSchema = z.object({
  /** The interval these numbers are for; not always the nominal one. */
  intervalMs: z.number().int().min(1).max(3_600_000),
  memoryBytes: count,
  /** Of one core, 0 to 100 and beyond where several are busy. */
  cpuPercent: z.number().min(0).max(10_000),
  /** Peers with traffic or a path; the others are left out. */
  peers: z
    .array(
      z.object({
        peerId: deviceIdSchema,
        rxBytes: count,
        txBytes: count,
        rxPackets: count,
        txPackets: count,
        path: z.enum(["direct", "relay", "none"]),
        rttMs: z.number().min(0).max(60_000).nullable(),
        /** Share of probes unanswered, 0 to 1. */
        loss: z.number().min(0).max(1).nullable(),
      }),
    )
    .max(1_000),
});
export type MetricsReport = z.infer<typeof metricsReportSchema>;
