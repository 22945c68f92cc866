/** What would help, as a closed list. */
import * as z from "zod";
import { pairSideSchema } from "./fact.ts";

export const remedyKindSchema = z.enum([
  "start-agent",
  "add-grant",
  "lift-relay-only",
  "reach-relay",
  "update-agents",
  "retry",
  "allow-udp",
  "add-family",
  "use-local-network",
  "allow-spraying",
  "enable-port-mapping",
  "allow-port-mapping",
  "ask-provider",
  "use-ipv6",
  "check-firewall",
  "check-clocks",
  "check-tunnels",
]);
export type RemedyKind = z.infer<typeof remedyKindSchema>;

export const remedySchema = z.object({
  kind: remedyKindSchema,
  /** Where; absent where it does not matter or concerns both. */
  side: pairSideSchema.optional(),
});
export type Remedy = z.infer<typeof remedySchema>;
