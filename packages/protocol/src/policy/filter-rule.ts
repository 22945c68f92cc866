/** One compiled line of policy, as the agent that receives packets enforces it. */
import * as z from "zod";

export { PROTOCOL } from "./protocol-number.ts";

/** Of one rule; a grant with more of them becomes several rules. */
export const MAX_SERVICES = 256;

export const filterRuleSchema = z.object({
  /** Prefixes of inner source addresses. */
  src: z.array(z.string().max(49)).max(5_000),
  /** Prefixes of inner destination addresses. */
  dst: z.array(z.string().max(49)).max(5_000),
  allow: z
    .array(
      z.object({
        protocol: z.number().int().min(0).max(255).nullable(),
        /** Inclusive; for tcp and udp only. Absent: every port. */
        ports: z.tuple([z.number().int().min(0).max(65_535), z.number().int().min(0).max(65_535)]).optional(),
      }),
    )
    .max(MAX_SERVICES),
  /** Server time in milliseconds, from which on the rule lets nothing in. Absent: it does not end. */
  until: z.number().int().positive().optional(),
});
export type FilterRule = z.infer<typeof filterRuleSchema>;
