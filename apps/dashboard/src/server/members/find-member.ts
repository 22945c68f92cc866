import type { Tx } from "@pinhole/drizzle/append-revision";
import { membership, type Role, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";

export type MemberRow = { readonly userId: `usr_${string}`; readonly name: string; readonly role: Role };

/** Somebody of the team; a user who is in another team alone is not found. */
export function findMember(db: Pick<Tx, "select">, teamId: TeamId, userId: string): MemberRow | undefined {
  return db
    .select({ userId: membership.userId, name: user.name, role: membership.role })
    .from(membership)
    .innerJoin(user, eq(user.id, membership.userId))
    .where(and(eq(membership.teamId, teamId), eq(membership.userId, `usr_${userId.replace(/^usr_/, "")}`)))
    .get();
}

/** Whether somebody else could do what an owner does. */
export function hasOtherOwner(db: Pick<Tx, "select">, teamId: TeamId, userId: string): boolean {
  return db
    .select({ userId: membership.userId })
    .from(membership)
    .where(and(eq(membership.teamId, teamId), eq(membership.role, "owner")))
    .all()
    .some((owner) => owner.userId !== userId);
}
