import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { policyVersion, team } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { MAX_DOCUMENT_LENGTH } from "@pinhole/protocol/policy";
import { hasCapability } from "@pinhole/protocol/team";
import { eq } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { remarkSchema } from "../display-name.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { latestPolicy } from "./policy-versions.ts";
import { reviewPolicy } from "./review-policy.ts";

export const draftSchema = z.string().max(MAX_DOCUMENT_LENGTH);

/** A day: longer than that is not a try. */
const MAX_CONFIRM_MINUTES = 1_440;
const MINUTE_MS = 60_000;

export const savePolicyInput = z.object({
  document: draftSchema,
  /** What was changed and why, for whoever reads the versions later. */
  message: remarkSchema.default(""),
  /** The version that the draft was begun on: if another was saved since, nothing is. */
  base: z.int().min(1),
  /** Applied for so long only, unless somebody confirms it. Absent: it stays. */
  confirmWithinMinutes: z.int().min(1).max(MAX_CONFIRM_MINUTES).optional(),
  /** The team's slug, where so much is taken away that it has to be typed. */
  confirmation: z.string().max(63).default(""),
});
export type SavePolicyInput = z.output<typeof savePolicyInput>;

export type SavedPolicy = { readonly version: number; readonly revision: number };

/** Puts a new version in force; every agent that is online has it within a moment. */
export function savePolicy(db: Db, actor: Actor, input: SavePolicyInput, now: Date): Result<SavedPolicy, Refusal> {
  return db.transaction(
    (tx): Result<SavedPolicy, Refusal> => {
      const { teamId } = actor;
      const asking = findMember(tx, teamId, actor.id ?? "");
      if (asking === undefined || !hasCapability(asking.role, "policy.edit")) return err({ code: "role-insufficient" });
      const live = latestPolicy(tx, teamId);
      const held = tx.select({ name: team.name, slug: team.slug }).from(team).where(eq(team.id, teamId)).get();
      if (live === undefined || held === undefined) return err({ code: "policy-not-found" });
      if (live.version !== input.base) return err({ code: "policy-changed" });
      const review = reviewPolicy(tx, { teamId, document: input.document, reviewer: asking.userId }, now);
      if (!review.ok) return review;
      if (review.value.kind === "fault") return err({ code: "policy-faulty" });
      if (review.value.failures.length > 0) return err({ code: "policy-tests-failing" });
      if (review.value.needsConfirmation && input.confirmation !== held.slug)
        return err({ code: "policy-unconfirmed" });

      const version = live.version + 1;
      const { document, message, confirmWithinMinutes: minutes } = input;
      const confirmBy = minutes === undefined ? null : new Date(now.getTime() + minutes * MINUTE_MS);
      tx.insert(policyVersion)
        .values({ teamId, version, document, message, author: asking.userId, createdAt: now, confirmBy })
        .run();
      const { gained, lost, altered } = review.value.change;
      recordEvent(
        tx,
        {
          teamId,
          author: actor,
          action: "policy.save",
          object: { kind: "policy", id: String(version), name: `version ${version}` },
          before: { version: live.version },
          after: {
            version,
            message,
            ...(minutes === undefined ? {} : { confirmWithinMinutes: minutes }),
            pairsGained: gained,
            pairsLost: lost,
            pairsAltered: altered,
          },
        },
        now,
      );
      return ok({ version, revision: appendRevision(tx, { teamId, kind: "policy" }) });
    },
    { behavior: "immediate" },
  );
}
