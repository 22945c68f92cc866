import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device, membership, type Team, user } from "@pinhole/drizzle/schema";
import { insertEnrollmentToken, insertMembership, insertUser } from "@pinhole/drizzle/testing";
import { asc, eq } from "drizzle-orm";

/** From here on whoever was the owner is a plain member, and one device theirs. */
export function makeMember(db: Db, teamId: Team["id"], deviceId: string): void {
  insertMembership(db, { teamId, userId: insertUser(db).id, role: "owner" });
  const [owner] = db.select().from(user).orderBy(asc(user.createdAt)).limit(1).all();
  if (owner === undefined) throw new Error("set-up made no user");
  db.update(membership).set({ role: "member" }).where(eq(membership.userId, owner.id)).run();
  const { id } = insertEnrollmentToken(db, { teamId, createdBy: owner.id, name: "My laptop" });
  db.update(device)
    .set({ enrolledWith: id, tags: [] })
    .where(eq(device.id, deviceId as Device["id"]))
    .run();
  appendRevision(db, { teamId, kind: "device", deviceId: deviceId as Device["id"] });
}
