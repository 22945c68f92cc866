import type { Db } from "@pinhole/drizzle";
import { type EnrollmentTokenRow, enrollmentToken } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { findToken } from "./find-token.ts";

type Input = { readonly tokenId: `tok_${string}` };

/** Nobody enrolls with it any more. Devices that did stay as they are. */
export function revokeToken(db: Db, actor: Actor, { tokenId }: Input, now: Date): Result<EnrollmentTokenRow, Refusal> {
  return db.transaction(
    (tx): Result<EnrollmentTokenRow, Refusal> => {
      const target = findToken(tx, actor, { tokenId, capability: "tokens.manage" });
      if (target === undefined) return err({ code: "token-not-found" });
      if (target.revokedAt !== null) return err({ code: "token-already-revoked" });
      const row = tx
        .update(enrollmentToken)
        .set({ revokedAt: now })
        .where(eq(enrollmentToken.id, tokenId))
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "token.revoke",
          object: { kind: "token", id: tokenId, name: row.name },
        },
        now,
      );
      return ok(row);
    },
    { behavior: "immediate" },
  );
}
