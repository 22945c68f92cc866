import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";

/** A device of that team; another team's is as absent as one that never was. */
export function findDevice(db: Pick<Tx, "select">, teamId: TeamId, deviceId: `dev_${string}`): Device | undefined {
  return db
    .select()
    .from(device)
    .where(and(eq(device.id, deviceId), eq(device.teamId, teamId)))
    .get();
}
