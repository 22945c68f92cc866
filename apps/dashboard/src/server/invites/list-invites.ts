import type { Db } from "@pinhole/drizzle";
import { type InviteRow, invite, type Role, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { desc, eq } from "drizzle-orm";
import { inviteMailOf } from "./deliver-invite.ts";

export type InviteStatus = "pending" | "accepted" | "expired" | "revoked";

export type InviteSummary = {
  readonly id: `inv_${string}`;
  readonly role: Role;
  readonly email: string | null;
  readonly status: InviteStatus;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  /** What became of the newest link's mail; null: none was asked for. */
  readonly mail: InviteRow["mail"];
  /** Null: their account is gone. */
  readonly createdBy: string | null;
};

const MAX_LISTED = 500;

/** The newest first, with those that are over. */
export function listInvites(db: Db, teamId: TeamId, now: Date): InviteSummary[] {
  return db
    .select({ row: invite, createdBy: user.name })
    .from(invite)
    .leftJoin(user, eq(user.id, invite.createdBy))
    .where(eq(invite.teamId, teamId))
    .orderBy(desc(invite.createdAt), desc(invite.id))
    .limit(MAX_LISTED)
    .all()
    .map(({ row, createdBy }) => ({
      id: row.id,
      role: row.role,
      email: row.email,
      status: inviteStatus(row, now),
      expiresAt: row.expiresAt,
      createdAt: row.createdAt,
      mail: inviteMailOf(row, now),
      createdBy,
    }));
}

export function inviteStatus({ acceptedAt, revokedAt, expiresAt }: InviteRow, now: Date): InviteStatus {
  if (acceptedAt !== null) return "accepted";
  if (revokedAt !== null) return "revoked";
  return expiresAt <= now ? "expired" : "pending";
}
