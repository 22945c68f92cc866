import type { Db } from "@pinhole/drizzle";
import { membership, type Role } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { isGivenByProof, mayAssign } from "@pinhole/protocol/team";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { findMember, hasOtherOwner, type MemberRow } from "./find-member.ts";
import { revokeHandouts } from "./revoke-handouts.ts";

type Input = { readonly userId: string; readonly role: Role };

/**
 * Gives a member another role. The role of who asks is read again inside: of two admins who demote each other at one moment,
 * the second is one no more.
 */
export function changeRole(db: Db, actor: Actor, { userId, role }: Input, now: Date): Result<MemberRow, Refusal> {
  return db.transaction(
    (tx): Result<MemberRow, Refusal> => {
      const asking = findMember(tx, actor.teamId, actor.id ?? "");
      const member = findMember(tx, actor.teamId, userId);
      if (member === undefined) return err({ code: "member-not-found" });
      if (asking === undefined || !mayAssign(asking.role, member.role) || !mayAssign(asking.role, role))
        return err({ code: "role-insufficient" });
      if (member.role === role) return ok(member);
      if ((isGivenByProof(role) || member.role === "owner") && !actor.isSteppedUp)
        return err({ code: "step-up-needed" });
      if (member.role === "owner" && !hasOtherOwner(tx, actor.teamId, member.userId))
        return err({ code: "last-owner" });
      tx.update(membership)
        .set({ role })
        .where(and(eq(membership.teamId, actor.teamId), eq(membership.userId, member.userId)))
        .run();
      revokeHandouts(tx, actor, { teamId: actor.teamId, userId: member.userId, role }, now);
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "member.change-role",
          object: { kind: "member", id: member.userId, name: member.name },
          before: { role: member.role },
          after: { role },
        },
        now,
      );
      return ok({ ...member, role });
    },
    { behavior: "immediate" },
  );
}
