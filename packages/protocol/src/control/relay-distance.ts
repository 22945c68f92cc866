import * as z from "zod";
import type { DeviceId } from "../ids.ts";

/** Of a device's report; more relays than these make no choice better. */
export const MAX_RELAY_DISTANCES = 8;

/** How far a relay is from a device, as the device measures it. Where the two are joined, the round trips add up. */
export const relayDistanceSchema = z.object({
  /** The name of the netmap, or the id of a peer that may relay for both. */
  relay: z.string().max(36),
  rttMs: z.number().min(0).max(60_000),
});
export type RelayDistance = z.infer<typeof relayDistanceSchema>;

/** No relay of the netmap can be called so. */
export const isPeerRelay = (relay: string): relay is DeviceId => relay.startsWith("dev_");

/** Nearest first. A device is connected to the first of them at least, and to a second one for when that fails. */
export const relayDistancesSchema = z.array(relayDistanceSchema).max(MAX_RELAY_DISTANCES);
