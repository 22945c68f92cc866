/** A lane: one device passes on the sealed packets of a second for a third, one way, for a while. */
import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { deviceIdSchema } from "../ids.ts";
import { LANE_BYTES } from "../relay/lane.ts";

export const relayLaneSchema = z.object({
  /** In front of each packet. Known to the three devices and the server. */
  id: bytesSchema(LANE_BYTES),
  from: deviceIdSchema,
  /** Who passes it on. */
  via: deviceIdSchema,
  to: deviceIdSchema,
  /** Milliseconds since the epoch, on the server's clock. */
  expiresAt: z.number(),
});
export type RelayLane = z.infer<typeof relayLaneSchema>;

/** For both directions between the device that asks and the peer. */
export const relayLanesRequestSchema = z.object({ peerId: deviceIdSchema, via: deviceIdSchema });
export type RelayLanesRequest = z.infer<typeof relayLanesRequestSchema>;
/** The message of the tRPC error that a request is refused with. */
export type RelayLanesRefusal = "peer-not-found" | "peer-offline" | "not-allowed" | "too-many-requests";
