/** Which way a device's traffic to each peer goes, reported at each change; the words are those of `pinhole status`. */
import * as z from "zod";
import { deviceIdSchema } from "../ids.ts";
import { visibleTextSchema } from "../visible-text.ts";
import { candidateKindSchema, endpointSchema } from "./candidate.ts";

export const pathTypeSchema = z.enum(["lan", "ipv6", "punched", "mapped"]);
export type PathType = z.infer<typeof pathTypeSchema>;

/** Why a pair is not direct: the closed list. */
export const reasonCodeSchema = z.enum([
  "peer_offline",
  "policy_denied",
  "udp_blocked_a",
  "udp_blocked_b",
  "no_common_family",
  "both_symmetric",
  "symmetric_vs_port_restricted",
  "cgnat_no_portmap",
  "same_nat_no_hairpin",
  "one_way_a_to_b",
  "one_way_b_to_a",
  "signal_timeout",
  "candidate_gather_timeout",
  "portmap_refused",
  "probe_timeout",
  "handshake_failed",
  "mtu_blackhole",
  "nat_rebinding",
  "forced_relay",
  "relay_unavailable",
  "version_mismatch",
  "cancelled",
  "unknown",
]);
export type ReasonCode = z.infer<typeof reasonCodeSchema>;

export const reasonSchema = z.object({
  code: reasonCodeSchema,
  /** Whose side the cause lies on, seen from the device that reports. */
  side: z.enum(["self", "peer", "both"]).optional(),
  /** False: inferred, likely but not proven. */
  measured: z.boolean(),
});
export type Reason = z.infer<typeof reasonSchema>;

export const pathStateSchema = z.object({
  kind: z.enum(["direct", "relay", "none"]),
  type: pathTypeSchema.optional(),
  endpoint: endpointSchema.optional(),
  /** The name of a relay, or the id of a device that relays. */
  relay: visibleTextSchema(63).optional(),
  rttMs: z.number().min(0).max(60_000).optional(),
  /** Milliseconds since the epoch on the server's clock. */
  since: z.number().int().nonnegative(),
  localCandidate: candidateKindSchema.optional(),
  remoteCandidate: candidateKindSchema.optional(),
});
export type PathState = z.infer<typeof pathStateSchema>;

export const pathReportSchema = z.object({
  peerId: deviceIdSchema,
  path: pathStateSchema,
  reason: reasonSchema.optional(),
});
export const pathReportsSchema = z.array(pathReportSchema).max(1_000);
export type PathReport = z.infer<typeof pathReportSchema>;
