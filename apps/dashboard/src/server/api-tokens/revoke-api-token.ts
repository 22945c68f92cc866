import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type ApiTokenRow, apiToken } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq, isNull, type SQL } from "drizzle-orm";
import type { Actor, Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";

type Input = { readonly apiTokenId: `apt_${string}` };

/** Worth nothing from the next request on. */
export function revokeApiToken(db: Db, actor: Actor, { apiTokenId }: Input, now: Date): Result<ApiTokenRow, Refusal> {
  return db.transaction(
    (tx): Result<ApiTokenRow, Refusal> => {
      const isIt = and(eq(apiToken.id, apiTokenId), eq(apiToken.teamId, actor.teamId));
      if (tx.select({ id: apiToken.id }).from(apiToken).where(isIt).get() === undefined)
        return err({ code: "api-token-not-found" });
      const [row] = revokeApiTokens(tx, actor, isIt, now);
      return row === undefined ? err({ code: "api-token-already-revoked" }) : ok(row);
    },
    { behavior: "immediate" },
  );
}

/** Those that stand yet; each with its line in the activity log of its team. */
export function revokeApiTokens(tx: Tx, author: Author, which: SQL | undefined, now: Date): ApiTokenRow[] {
  const revoked = tx
    .update(apiToken)
    .set({ revokedAt: now })
    .where(and(which, isNull(apiToken.revokedAt)))
    .returning()
    .all();
  for (const { id, name, teamId } of revoked) {
    const object = { kind: "api-token", id, name };
    recordEvent(tx, { teamId, author, action: "api-token.revoke", object }, now);
  }
  return revoked;
}
