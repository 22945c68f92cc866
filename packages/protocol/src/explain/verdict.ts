/** How an attempt or a pair stands, why, and what would help. "a" and "b" are the pair's sides, whoever reads it. */
import * as z from "zod";
import { type Reason, type ReasonCode, reasonCodeSchema } from "../control/path-report.ts";
import { traceOutcomeSchema } from "../control/trace.ts";
import { factSchema, pairSideSchema } from "./fact.ts";
import { remedySchema } from "./remedy.ts";

export const verdictSchema = z.object({
  /** Of the attempt; null where none ended. */
  outcome: traceOutcomeSchema.nullable(),
  /** Null where the path is direct, or nothing speaks against one. */
  code: reasonCodeSchema.nullable(),
  side: z.union([pairSideSchema, z.literal("both")]).nullable(),
  /** Every fact of {@link facts} was measured. */
  measured: z.boolean(),
  /** What the code rests on, the most telling first. */
  facts: z.array(factSchema).max(16),
  remedies: z.array(remedySchema).max(8),
});
export type Verdict = z.infer<typeof verdictSchema>;
export type VerdictSide = NonNullable<Verdict["side"]>;

/** As the device on side "a" reports it. */
export function toReason({ code, side, measured }: Verdict): Reason | undefined {
  if (code === null) return undefined;
  return { code, ...(side === null ? {} : { side: REPORTED[side] }), measured };
}

const REPORTED = { a: "self", b: "peer", both: "both" } as const satisfies Record<VerdictSide, Reason["side"]>;

/** The codes that name a side, as the other side says them. */
const MIRRORED: Partial<Record<ReasonCode, ReasonCode>> = {
  udp_blocked_a: "udp_blocked_b",
  udp_blocked_b: "udp_blocked_a",
  one_way_a_to_b: "one_way_b_to_a",
  one_way_b_to_a: "one_way_a_to_b",
};

export const mirrorCode = (code: ReasonCode): ReasonCode => MIRRORED[code] ?? code;

const OTHER = { a: "b", b: "a", both: "both" } as const;

/** The same verdict with the sides' names exchanged. */
export function mirrorVerdict(verdict: Verdict): Verdict {
  const turned = <Item extends { side?: "a" | "b" | undefined }>(item: Item): Item =>
    item.side === undefined ? item : { ...item, side: OTHER[item.side] };
  return {
    ...verdict,
    code: verdict.code && mirrorCode(verdict.code),
    side: verdict.side && OTHER[verdict.side],
    facts: verdict.facts.map(turned),
    remedies: verdict.remedies.map(turned),
  };
}
