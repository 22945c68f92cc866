/** A plan of a kind that this version does not know: whom it is about can be read all the same. */
import { type DeviceId, deviceIdSchema } from "@pinhole/protocol";
import * as z from "zod";

const aboutSchema = z.object({ kind: z.literal("punch"), plan: z.object({ peerId: deviceIdSchema }) });

export function peerOfUnreadablePlan(event: unknown): DeviceId | undefined {
  const about = aboutSchema.safeParse(event);
  return about.success ? about.data.plan.peerId : undefined;
}
