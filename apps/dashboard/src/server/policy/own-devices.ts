import type { Tx } from "@pinhole/drizzle/append-revision";
import { device, enrollmentToken, type user } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { and, eq, isNull } from "drizzle-orm";

type Whose = { readonly teamId: TeamId; readonly userId: string | null };

/** Devices that somebody enrolled as their own: those with tags are nobody's. */
export function ownDevices(db: Pick<Tx, "select">, { teamId, userId }: Whose): DeviceId[] {
  if (userId === null) return [];
  return db
    .select({ id: device.id, tags: device.tags })
    .from(device)
    .innerJoin(enrollmentToken, eq(enrollmentToken.id, device.enrolledWith))
    .where(
      and(
        eq(device.teamId, teamId),
        isNull(device.revokedAt),
        eq(enrollmentToken.createdBy, userId as (typeof user.$inferSelect)["id"]),
      ),
    )
    .all()
    .flatMap(({ id, tags }) => (tags.length === 0 ? [id] : []));
}
