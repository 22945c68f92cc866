import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { membership, type Role } from "@pinhole/drizzle/schema";
import { err, ok, type Result, type TeamId } from "@pinhole/protocol";
import { hasCapability } from "@pinhole/protocol/team";
import { and, eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { findMember, type MemberRow } from "./find-member.ts";
import { revokeHandouts } from "./revoke-handouts.ts";

type Input = { readonly userId: string };

/**
 * Makes a member an owner and whoever asks an admin, in one step: there is no moment in which the team has no owner, and
 * none in which it has one more than was meant. Other owners stay what they are.
 */
export function transferOwnership(db: Db, actor: Actor, { userId }: Input, now: Date): Result<MemberRow, Refusal> {
  return db.transaction(
    (tx): Result<MemberRow, Refusal> => {
      const asking = findMember(tx, actor.teamId, actor.id ?? "");
      const heir = findMember(tx, actor.teamId, userId);
      if (heir === undefined) return err({ code: "member-not-found" });
      if (asking === undefined || !hasCapability(asking.role, "owners.manage"))
        return err({ code: "role-insufficient" });
      if (asking.userId === heir.userId) return err({ code: "transfer-to-self" });
      if (!actor.isSteppedUp) return err({ code: "step-up-needed" });
      setRole(tx, actor.teamId, heir.userId, "owner");
      setRole(tx, actor.teamId, asking.userId, "admin");
      revokeHandouts(tx, actor, { teamId: actor.teamId, userId: asking.userId, role: "admin" }, now);
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "team.transfer",
          object: { kind: "member", id: heir.userId, name: heir.name },
          before: { role: heir.role, previousOwner: asking.role },
          after: { role: "owner", previousOwner: "admin" },
        },
        now,
      );
      return ok({ ...heir, role: "owner" });
    },
    { behavior: "immediate" },
  );
}

function setRole(tx: Tx, teamId: TeamId, userId: MemberRow["userId"], role: Role): void {
  tx.update(membership)
    .set({ role })
    .where(and(eq(membership.teamId, teamId), eq(membership.userId, userId)))
    .run();
}
