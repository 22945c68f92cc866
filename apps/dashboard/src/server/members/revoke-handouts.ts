/** What somebody has handed out in a team, and nobody has used yet. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { enrollmentToken, invite, type Role } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { hasCapability, mayAssign } from "@pinhole/protocol/team";
import { and, eq, gt, inArray, isNull, lt } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { isForOneself } from "../tokens/create-token.ts";

type Maker = {
  readonly teamId: TeamId;
  readonly userId: `usr_${string}`;
  /** What they are from here on; null: out of the team, or somebody else may have handed it out in their name. */
  readonly role: Role | null;
};

/**
 * Ends what they could not hand out any more. They know the links and the tokens: whoever was removed would come back by an
 * invite of their own, and whoever was made a member would still let machines in for the team.
 */
export function revokeHandouts(tx: Tx, author: Author, maker: Maker, now: Date): void {
  revokeInvites(tx, author, maker, now);
  revokeTokens(tx, author, maker, now);
}

function revokeInvites(tx: Tx, author: Author, { teamId, userId, role }: Maker, now: Date): void {
  const isOpen = and(
    eq(invite.teamId, teamId),
    eq(invite.createdBy, userId),
    isNull(invite.acceptedAt),
    isNull(invite.revokedAt),
    gt(invite.expiresAt, now),
  );
  const open = tx.select().from(invite).where(isOpen).all();
  const ended = open.filter((each) => role === null || !mayAssign(role, each.role));
  const ids = ended.map(({ id }) => id);
  tx.update(invite).set({ revokedAt: now }).where(inArray(invite.id, ids)).run();
  for (const { id, email } of ended) {
    const object = { kind: "invite", id, name: email ?? "a link" };
    recordEvent(tx, { teamId, author, action: "invite.revoke", object }, now);
  }
}

function revokeTokens(tx: Tx, author: Author, { teamId, userId, role }: Maker, now: Date): void {
  const isUsable = and(
    eq(enrollmentToken.teamId, teamId),
    eq(enrollmentToken.createdBy, userId),
    isNull(enrollmentToken.revokedAt),
    gt(enrollmentToken.expiresAt, now),
    lt(enrollmentToken.uses, enrollmentToken.maxUses),
  );
  const may = (capability: "tokens.manage" | "devices.own") => role !== null && hasCapability(role, capability);
  const usable = tx.select().from(enrollmentToken).where(isUsable).all();
  const ended = usable.filter((each) => !may("tokens.manage") && !(may("devices.own") && isForOneself(each)));
  const ids = ended.map(({ id }) => id);
  tx.update(enrollmentToken).set({ revokedAt: now }).where(inArray(enrollmentToken.id, ids)).run();
  for (const { id, name } of ended)
    recordEvent(tx, { teamId, author, action: "token.revoke", object: { kind: "token", id, name } }, now);
}
