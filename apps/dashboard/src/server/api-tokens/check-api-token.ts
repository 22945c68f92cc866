import type { Db } from "@pinhole/drizzle";
import { apiToken, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import type { Capability } from "@pinhole/protocol/team";
import { and, eq, gt, isNull } from "drizzle-orm";
import { hashToken, isTokenText } from "./token-text.ts";

export type TokenHolder = {
  readonly teamId: TeamId;
  readonly scopes: readonly Capability[];
  /** Its maker, who is answerable for what it does; the name says that it was not by hand. */
  readonly user: { readonly id: `usr_${string}`; readonly name: string };
};

/** How coarsely a token's last use is kept: a write for each request would wear the disk for nothing. */
const LAST_USED_STEP_MS = 60_000;

type Presented = { readonly text: string; readonly address: string };

/** Null: revoked, run out, or never there. Asked on every request, so revoking works on the next. */
export function checkApiToken(db: Db, { text, address }: Presented, now: Date): TokenHolder | null {
  if (!isTokenText(text)) return null;
  const row = db
    .select({ token: apiToken, userName: user.name })
    .from(apiToken)
    .innerJoin(user, eq(user.id, apiToken.createdBy))
    .where(and(eq(apiToken.secretHash, hashToken(text)), isNull(apiToken.revokedAt), gt(apiToken.expiresAt, now)))
    .get();
  if (row === undefined) return null;
  const { id, teamId, scopes, createdBy, name, lastUsedAt, lastUsedFrom } = row.token;
  const age = now.getTime() - (lastUsedAt?.getTime() ?? 0);
  if (age >= LAST_USED_STEP_MS || lastUsedFrom !== address)
    db.update(apiToken).set({ lastUsedAt: now, lastUsedFrom: address }).where(eq(apiToken.id, id)).run();
  return { teamId, scopes, user: { id: createdBy, name: `${row.userName} (API token ${name})` } };
}
