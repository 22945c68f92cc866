/** What a device measured of its own NAT, in the words of RFC 4787. A hint for planning, never a gate. */
import * as z from "zod";
import { endpointSchema } from "./candidate.ts";

const behaviour = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

export const natMappingSchema = z.enum(["none", ...behaviour, "unknown"]);
export const natFilteringSchema = z.enum([...behaviour, "unknown"]);
export type NatMapping = z.infer<typeof natMappingSchema>;
export type NatFiltering = z.infer<typeof natFilteringSchema>;

export const natProfileSchema = z.object({
  udp: z.enum(["ok", "blocked", "unknown"]),
  /** `none`: the device holds its public address itself. */
  mapping: natMappingSchema,
  filtering: natFilteringSchema,
  portPreserving: z.boolean().optional(),
  /** Every public endpoint that a server has seen for the main socket. */
  publicEndpoints: z.array(endpointSchema).max(8),
  confidence: z.number().min(0).max(1),
  /** Milliseconds since the epoch, on the server's clock. */
  measuredAt: z.number().int().nonnegative(),
});
export type NatProfile = z.infer<typeof natProfileSchema>;
