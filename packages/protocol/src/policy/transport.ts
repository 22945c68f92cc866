/**
 * Which ways a pair's packets may go.
 *
 * `relay-only` hides the two from each other: neither learns an address of the other's, and no packet passes between
 * them but by the relay. `direct-only` keeps the pair's packets, sealed as they are, off every relay: without a direct
 * path nothing passes.
 */
import * as z from "zod";

/** The least restrictive first. */
const TRANSPORTS = ["prefer-direct", "direct-only", "relay-only"] as const;

export const transportSchema = z.enum(TRANSPORTS);
export type Transport = z.infer<typeof transportSchema>;

/** What holds where several grants speak of one pair. */
export function strictest(transports: readonly Transport[]): Transport {
  return TRANSPORTS.findLast((each) => transports.includes(each)) ?? "prefer-direct";
}
