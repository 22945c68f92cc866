import type { Db } from "@pinhole/drizzle";
import { apiToken, membership } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { mayAssign } from "@pinhole/protocol/team";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { revokeApiTokens } from "../api-tokens/revoke-api-token.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { findMember, hasOtherOwner, type MemberRow } from "./find-member.ts";
import { revokeHandouts } from "./revoke-handouts.ts";

type Input = { readonly userId: string };

/**
 * Takes somebody out of the team, with effect on their next request; everybody may take out themselves. Their API tokens go
 * with them, and what they handed out and nobody has used; their devices stay.
 */
export function removeMember(db: Db, actor: Actor, { userId }: Input, now: Date): Result<MemberRow, Refusal> {
  return db.transaction(
    (tx): Result<MemberRow, Refusal> => {
      const asking = findMember(tx, actor.teamId, actor.id ?? "");
      const member = findMember(tx, actor.teamId, userId);
      if (member === undefined) return err({ code: "member-not-found" });
      const isLeaving = asking?.userId === member.userId;
      if (asking === undefined || (!isLeaving && !mayAssign(asking.role, member.role)))
        return err({ code: "role-insufficient" });
      if (!isLeaving && !actor.isSteppedUp) return err({ code: "step-up-needed" });
      if (member.role === "owner" && !hasOtherOwner(tx, actor.teamId, member.userId))
        return err({ code: "last-owner" });
      tx.delete(membership)
        .where(and(eq(membership.teamId, actor.teamId), eq(membership.userId, member.userId)))
        .run();
      const tokens = and(eq(apiToken.teamId, actor.teamId), eq(apiToken.createdBy, member.userId));
      revokeApiTokens(tx, actor, tokens, now);
      revokeHandouts(tx, actor, { teamId: actor.teamId, userId: member.userId, role: null }, now);
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: isLeaving ? "member.leave" : "member.remove",
          object: { kind: "member", id: member.userId, name: member.name },
          before: { role: member.role },
        },
        now,
      );
      return ok(member);
    },
    { behavior: "immediate" },
  );
}
