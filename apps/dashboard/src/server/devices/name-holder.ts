import type { Tx } from "@pinhole/drizzle/append-revision";
import { device } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { and, eq, isNull } from "drizzle-orm";

/** Who has that name in the team at present; those that are revoked have given theirs up. */
export function nameHolder(tx: Pick<Tx, "select">, teamId: TeamId, name: string): DeviceId | undefined {
  return tx
    .select({ id: device.id })
    .from(device)
    .where(and(eq(device.teamId, teamId), eq(device.name, name), isNull(device.revokedAt)))
    .get()?.id;
}
