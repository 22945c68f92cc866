import type { Tx } from "@pinhole/drizzle/append-revision";
import { type InviteRow, invite, type Role, team, user } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { Refusal } from "../refusal.ts";
import { hashInviteSecret } from "./invite-secret.ts";

export type InviteView = {
  readonly team: { readonly slug: string; readonly name: string };
  readonly role: Role;
  readonly invitedBy: string | null;
  /** Null: whoever holds the link. */
  readonly email: string | null;
  readonly expiresAt: Date;
};

/** What the holder of a link may know. One that is over looks like one that never was. */
export function viewInvite(db: Pick<Tx, "select">, secret: string, now: Date): Result<InviteView, Refusal> {
  const found = db
    .select({
      team: { slug: team.slug, name: team.name },
      role: invite.role,
      invitedBy: user.name,
      email: invite.email,
      expiresAt: invite.expiresAt,
    })
    .from(invite)
    .innerJoin(team, eq(team.id, invite.teamId))
    .leftJoin(user, eq(user.id, invite.createdBy))
    .where(isOpen(secret, now))
    .get();
  return found === undefined ? err({ code: "invite-not-found" }) : ok(found);
}

export function findInvite(db: Pick<Tx, "select">, secret: string, now: Date): InviteRow | undefined {
  return db.select().from(invite).where(isOpen(secret, now)).get();
}

/** Neither accepted, nor revoked, nor run out. */
export const isOpen = (secret: string, now: Date) =>
  and(
    eq(invite.secretHash, hashInviteSecret(secret)),
    isNull(invite.acceptedAt),
    isNull(invite.revokedAt),
    gt(invite.expiresAt, now),
  );
