/** One compiled line of policy, as the agent that receives packets enforces it. */
import * as z from "zod";

/** IANA protocol numbers that a rule can name; `null` is any protocol. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

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
    .max(256),
});
export type FilterRule = z.infer<typeof filterRuleSchema>;
