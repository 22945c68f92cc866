/** What a device measured of its own NAT, in the words of RFC 4787. A hint for planning, never a gate. */
import * as z from "zod";
import { endpointSchema } from "./candidate.ts";

const behaviour = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

export const natMappingSchema = z.enum(["none", ...behaviour, "unknown"]);
export const natFilteringSchema = z.enum([...behaviour, "unknown"]);
export type NatMapping = z.infer<typeof natMappingSchema>;
export type NatFiltering = z.infer<typeof natFilteringSchema>;

const portSchema = z.number().int().min(1).max(0xffff);

/** How the NAT picks the public port of a new mapping. */
export const portAllocationSchema = z.discriminatedUnion("kind", [
  /** The local port, where it is free. */
  z.object({ kind: z.literal("preserving") }),
  /** The last one and `step`: 1 or 2 mostly, and negative where it counts down. */
  z.object({ kind: z.literal("sequential"), step: z.number().int().min(-64).max(64) }),
  /** Any; the next is expected within these, which is a carrier's port block or everything. */
  z.object({ kind: z.literal("random"), first: portSchema, last: portSchema }),
]);
export type PortAllocation = z.infer<typeof portAllocationSchema>;

/**
 * What became of asking the router for a port. `mapped`: open, and reached from outside; `unverified`: granted, and not reached
 * from outside; `refused`: the router could and does not; `none`: no router answers such requests.
 */
export const portMappingSchema = z.enum(["none", "refused", "unverified", "mapped"]);
export type PortMapping = z.infer<typeof portMappingSchema>;

export const natProfileSchema = z.object({
  udp: z.enum(["ok", "blocked", "unknown"]),
  /** `none`: the device holds its public address itself. */
  mapping: natMappingSchema,
  filtering: natFilteringSchema,
  portPreserving: z.boolean().optional(),
  allocation: portAllocationSchema.optional(),
  /** New mappings that other flows behind the same NAT make a second. */
  arrivalsPerSecond: z.number().min(0).max(10_000).optional(),
  /** A packet to our own public endpoint comes back in. */
  hairpin: z.boolean().optional(),
  /** More than one NAT on the way, as far as the addresses show. */
  levels: z.enum(["one", "carrier-grade", "several"]).optional(),
  /** Without packets for this long, a binding still stood. */
  lifetimeMs: z.number().int().min(0).max(86_400_000).optional(),
  /** Bindings end at this age whatever they carry. */
  absoluteLifetimeMs: z.number().int().min(0).max(86_400_000).optional(),
  /** A stranger's packet that comes before ours takes our port towards him: what we send to him then leaves by another one. */
  isPoisoning: z.boolean().optional(),
  /** IPv4 is reached through this IPv6 prefix (RFC 6052). */
  nat64Prefix: z.string().max(49).optional(),
  portMapping: portMappingSchema.optional(),
  /** Every public endpoint that a server has seen for the main socket, and one of each further address that it saw for another. */
  publicEndpoints: z.array(endpointSchema).max(8),
  confidence: z.number().min(0).max(1),
  /** Milliseconds since the epoch, on the server's clock. */
  measuredAt: z.number().int().nonnegative(),
});
export type NatProfile = z.infer<typeof natProfileSchema>;
