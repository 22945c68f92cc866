import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Device, device, enrollmentToken } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";

type Whose = { readonly teamId: TeamId; readonly userId: string | null };
type Reader = Pick<Tx, "select">;

/** Devices that somebody enrolled as their own, revoked ones included. Those with tags are nobody's. */
export function ownDevices(db: Reader, { teamId, userId }: Whose): DeviceId[] {
  if (!isUserId(userId)) return [];
  return db
    .select({ id: device.id, tags: device.tags })
    .from(device)
    .innerJoin(enrollmentToken, eq(enrollmentToken.id, device.enrolledWith))
    .where(and(eq(device.teamId, teamId), eq(enrollmentToken.createdBy, userId)))
    .all()
    .flatMap(({ id, tags }) => (tags.length === 0 ? [id] : []));
}

export function isOwnDevice(db: Reader, { enrolledWith, tags }: Device, userId: string | null): boolean {
  if (enrolledWith === null || tags.length > 0 || !isUserId(userId)) return false;
  const token = db
    .select({ createdBy: enrollmentToken.createdBy })
    .from(enrollmentToken)
    .where(eq(enrollmentToken.id, enrolledWith))
    .get();
  return token?.createdBy === userId;
}

const isUserId = (id: string | null): id is `usr_${string}` => id?.startsWith("usr_") ?? false;
