import type { Db } from "@pinhole/drizzle";
import { membership, type Role, session, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { asc, eq, max } from "drizzle-orm";

export type MemberSummary = {
  readonly userId: `usr_${string}`;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: Date;
  /** To the minute; null: never signed in. */
  readonly lastSeenAt: Date | null;
};

export function listMembers(db: Db, teamId: TeamId): MemberSummary[] {
  const seen = db
    .select({ userId: session.userId, at: max(session.lastSeenAt).as("seen_at") })
    .from(session)
    .groupBy(session.userId)
    .as("seen");
  return db
    .select({
      userId: user.id,
      name: user.name,
      email: user.email,
      role: membership.role,
      joinedAt: membership.createdAt,
      lastSeenAt: seen.at,
    })
    .from(membership)
    .innerJoin(user, eq(user.id, membership.userId))
    .leftJoin(seen, eq(seen.userId, user.id))
    .where(eq(membership.teamId, teamId))
    .orderBy(asc(user.name), asc(user.id))
    .all();
}
