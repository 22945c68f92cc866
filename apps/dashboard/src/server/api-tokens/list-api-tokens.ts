import type { Db } from "@pinhole/drizzle";
import { type ApiTokenRow, apiToken, membership, user } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { type Capability, hasCapability } from "@pinhole/protocol/team";
import { and, desc, eq } from "drizzle-orm";

export type ApiTokenSummary = Pick<
  ApiTokenRow,
  "id" | "name" | "visiblePrefix" | "expiresAt" | "lastUsedAt" | "lastUsedFrom" | "createdAt"
> & {
  readonly status: "usable" | "expired" | "revoked";
  readonly createdBy: string;
  readonly scopes: readonly Capability[];
  /** Scopes that its maker's role does not have any more: they are worth nothing until it has. */
  readonly idleScopes: readonly Capability[];
};

const MAX_LISTED = 500;

/** The newest first, with those that are over. */
export function listApiTokens(db: Db, teamId: TeamId, now: Date): ApiTokenSummary[] {
  return db
    .select({ row: apiToken, createdBy: user.name, role: membership.role })
    .from(apiToken)
    .innerJoin(user, eq(user.id, apiToken.createdBy))
    .leftJoin(membership, and(eq(membership.userId, apiToken.createdBy), eq(membership.teamId, apiToken.teamId)))
    .where(eq(apiToken.teamId, teamId))
    .orderBy(desc(apiToken.createdAt), desc(apiToken.id))
    .limit(MAX_LISTED)
    .all()
    .map(({ row, createdBy, role }) => ({
      id: row.id,
      name: row.name,
      visiblePrefix: row.visiblePrefix,
      status: row.revokedAt !== null ? "revoked" : row.expiresAt <= now ? "expired" : "usable",
      scopes: row.scopes,
      idleScopes: row.scopes.filter((scope) => role === null || !hasCapability(role, scope)),
      createdBy,
      createdAt: row.createdAt,
      expiresAt: row.expiresAt,
      lastUsedAt: row.lastUsedAt,
      lastUsedFrom: row.lastUsedFrom,
    }));
}
