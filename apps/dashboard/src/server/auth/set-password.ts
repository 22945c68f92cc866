import type { Db } from "@pinhole/drizzle";
import { apiToken, membership, session, user } from "@pinhole/drizzle/schema";
import { and, eq, isNull } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { revokeApiTokens } from "../api-tokens/revoke-api-token.ts";
import { recordEvent } from "../audit/record-event.ts";
import { revokeHandouts } from "../members/revoke-handouts.ts";
import { forgetPasskeys } from "../passkeys/change-passkey.ts";
import { forgetIdentities } from "../oidc/identities.ts";
import { forgetSignInLinks } from "./sign-in-link.ts";

type Input = { readonly userId: `usr_${string}`; readonly passwordHash: string };

/**
 * A new password ends every session, API token, passkey and connected sign-in, and the invites and enrollment tokens that
 * nobody has used: whoever knew the old one is out, and stays out.
 */
export function setPassword(db: Db, author: Author, { userId, passwordHash }: Input, now: Date): void {
  db.transaction((tx) => {
    const changed = tx.update(user).set({ passwordHash }).where(eq(user.id, userId)).returning().get();
    if (changed === undefined) throw new Error(`there is no user ${userId}`);
    tx.update(session)
      .set({ revokedAt: now })
      .where(and(eq(session.userId, userId), isNull(session.revokedAt)))
      .run();
    forgetSignInLinks(tx, userId);
    forgetPasskeys(tx, author, userId, now);
    forgetIdentities(tx, { author, account: changed }, now);
    revokeApiTokens(tx, author, eq(apiToken.createdBy, userId), now);
    const teams = tx.select({ teamId: membership.teamId }).from(membership).where(eq(membership.userId, userId)).all();
    for (const { teamId } of teams) revokeHandouts(tx, author, { teamId, userId, role: null }, now);
    recordEvent(
      tx,
      { teamId: null, author, action: "user.set-password", object: { kind: "user", id: userId, name: changed.name } },
      now,
    );
  });
}
