/** What can be done with an invite that nobody has accepted: take it back, or make its link anew. */
import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type InviteRow, invite } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { isGivenByProof, mayAssign } from "@pinhole/protocol/team";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import type { CreatedInvite } from "./create-invite.ts";
import { hashInviteSecret, newInviteSecret } from "./invite-secret.ts";
import { inviteStatus } from "./list-invites.ts";

type Input = { readonly inviteId: `inv_${string}` };

/** Its link leads nowhere any more. */
export function revokeInvite(db: Db, actor: Actor, { inviteId }: Input, now: Date): Result<InviteRow, Refusal> {
  return db.transaction(
    (tx): Result<InviteRow, Refusal> => {
      const target = findOpenInvite(tx, actor, inviteId);
      if (!target.ok) return target;
      if (target.value.revokedAt !== null) return err({ code: "invite-over" });
      const row = tx.update(invite).set({ revokedAt: now }).where(eq(invite.id, inviteId)).returning().get();
      record(tx, actor, { row, action: "invite.revoke", now });
      return ok(row);
    },
    { behavior: "immediate" },
  );
}

/** A new link in place of the old one, which leads nowhere any more; it lasts as long as the first was made to. */
export function renewInvite(db: Db, actor: Actor, { inviteId }: Input, now: Date): Result<CreatedInvite, Refusal> {
  const secret = newInviteSecret();
  return db.transaction(
    (tx): Result<CreatedInvite, Refusal> => {
      const target = findOpenInvite(tx, actor, inviteId);
      if (!target.ok) return target;
      const { asking, ...held } = target.value;
      if (inviteStatus(held, now) === "revoked") return err({ code: "invite-over" });
      if (isGivenByProof(held.role) && !actor.isSteppedUp) return err({ code: "step-up-needed" });
      const { expiresAt, createdAt } = held;
      const row = tx
        .update(invite)
        .set({
          secretHash: hashInviteSecret(secret),
          mail: null,
          mailedAt: null,
          // Who knows the link from here on.
          createdBy: asking,
          createdAt: now,
          expiresAt: new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime()),
        })
        .where(eq(invite.id, inviteId))
        .returning()
        .get();
      record(tx, actor, { row, action: "invite.renew", now });
      return ok({ row, secret });
    },
    { behavior: "immediate" },
  );
}

type OpenInvite = InviteRow & { readonly asking: `usr_${string}` };

function findOpenInvite(tx: Tx, actor: Actor, inviteId: Input["inviteId"]): Result<OpenInvite, Refusal> {
  const row = tx
    .select()
    .from(invite)
    .where(and(eq(invite.id, inviteId), eq(invite.teamId, actor.teamId)))
    .get();
  if (row === undefined) return err({ code: "invite-not-found" });
  const asking = findMember(tx, actor.teamId, actor.id ?? "");
  if (asking === undefined || !mayAssign(asking.role, row.role)) return err({ code: "role-insufficient" });
  return row.acceptedAt === null ? ok({ ...row, asking: asking.userId }) : err({ code: "invite-over" });
}

function record(
  tx: Tx,
  author: Actor,
  {
    row,
    action,
    now,
  }: { readonly row: InviteRow; readonly action: "invite.revoke" | "invite.renew"; readonly now: Date },
): void {
  const object = { kind: "invite", id: row.id, name: row.email ?? "a link" };
  const after = action === "invite.renew" ? { expiresAt: row.expiresAt.toISOString() } : undefined;
  recordEvent(tx, { teamId: row.teamId, author, action, object, ...(after && { after }) }, now);
}
