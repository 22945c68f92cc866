/** What a verdict rests on: a closed vocabulary, each fact measured or inferred, of one side, of both or of what is between. */
import * as z from "zod";

export const factKindSchema = z.enum([
  // What was decided or known without a probe.
  "policy-denies",
  "relay-only",
  "relay-down",
  "offline",
  "version-unknown",
  // The plan.
  "plan-unanswered",
  "plan-late",
  "no-candidates",
  "cancelled",
  // The networks.
  "udp-silent",
  "ipv4-only",
  "ipv6-only",
  "ipv6-silent",
  "same-public-address",
  "hairpin-fails",
  "hairpin-unknown",
  "nat-unknown",
  "ports-kept",
  "ports-counted",
  "ports-drawn",
  "ports-change",
  "filter-by-port",
  "filter-unknown",
  "carrier-grade",
  "mapping-refused",
  "endpoint-changed",
  // What was tried.
  "no-technique",
  "spray-off",
  "spray-denied",
  "spray-busy",
  "spray-resting",
  "stage-not-planned",
  "missed-by-chance",
  "technique-failed",
  // What crossed.
  "arrived",
  "nothing-arrived",
  "no-answer",
  "one-way-unseen",
  "tunnel-silent",
  "handshake-failed",
  "large-packets-lost",
]);
export type FactKind = z.infer<typeof factKindSchema>;

export const pairSideSchema = z.enum(["a", "b"]);

export const factSchema = z.object({
  kind: factKindSchema,
  /** Absent: of the pair. */
  side: pairSideSchema.optional(),
  /** False: what is usual in this case, or what is left over; nobody saw it. */
  measured: z.boolean(),
});
export type Fact = z.infer<typeof factSchema>;
