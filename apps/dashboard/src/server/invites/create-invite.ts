import type { Db } from "@pinhole/drizzle";
import { type InviteRow, invite } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { isGivenByProof, mayAssign, ROLES } from "@pinhole/protocol/team";
import { and, count, eq, gt, isNull } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { emailSchema } from "../auth/password.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { hashInviteSecret, newInviteSecret } from "./invite-secret.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Bounds the list, and what a stolen sign-in can make. */
const MAX_PENDING = 200;

export const inviteInputSchema = z.object({
  role: z.enum(ROLES),
  /** Null: whoever holds the link. */
  email: emailSchema.nullable().default(null),
  expiresInMs: z
    .int()
    .min(HOUR_MS)
    .max(30 * DAY_MS)
    .default(7 * DAY_MS),
});
export type InviteInput = z.output<typeof inviteInputSchema>;

/** The link's secret is in no other place than this answer. */
export type CreatedInvite = { readonly row: InviteRow; readonly secret: string };

export function createInvite(db: Db, actor: Actor, input: InviteInput, now: Date): Result<CreatedInvite, Refusal> {
  const { role, email, expiresInMs } = input;
  const secret = newInviteSecret();
  const expiresAt = new Date(now.getTime() + expiresInMs);
  return db.transaction(
    (tx): Result<CreatedInvite, Refusal> => {
      const asking = findMember(tx, actor.teamId, actor.id ?? "");
      if (asking === undefined || !mayAssign(asking.role, role)) return err({ code: "role-insufficient" });
      if (isGivenByProof(role) && !actor.isSteppedUp) return err({ code: "step-up-needed" });
      const pending = tx
        .select({ count: count() })
        .from(invite)
        .where(
          and(
            eq(invite.teamId, actor.teamId),
            isNull(invite.revokedAt),
            isNull(invite.acceptedAt),
            gt(invite.expiresAt, now),
          ),
        )
        .get();
      if ((pending?.count ?? 0) >= MAX_PENDING) return err({ code: "too-many-invites" });
      const row = tx
        .insert(invite)
        .values({
          teamId: actor.teamId,
          role,
          email,
          secretHash: hashInviteSecret(secret),
          expiresAt,
          createdBy: asking.userId,
          createdAt: now,
        })
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "invite.create",
          object: { kind: "invite", id: row.id, name: email ?? "a link" },
          after: { role, expiresAt: expiresAt.toISOString() },
        },
        now,
      );
      return ok({ row, secret });
    },
    { behavior: "immediate" },
  );
}
