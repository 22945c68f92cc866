import type { Db } from "@pinhole/drizzle";
import { device, enrollmentToken, user } from "@pinhole/drizzle/schema";
import type { DeviceId } from "@pinhole/protocol";
import { and, desc, eq, isNotNull } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { type TokenStatus, tokenStatus } from "./token-status.ts";

export type TokenSummary = {
  readonly id: `tok_${string}`;
  readonly name: string;
  /** What of the token's text may be shown. */
  readonly visiblePrefix: string;
  readonly status: TokenStatus;
  readonly uses: number;
  readonly maxUses: number;
  readonly tags: readonly string[];
  readonly ephemeral: boolean;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** Enrolled with it; the newest ten. */
  readonly devices: readonly { readonly id: DeviceId; readonly name: string }[];
};

const MAX_TOKENS = 500;
const MAX_DEVICES = 10;

/** The newest first; for whoever does not see the team's, their own. */
export function listTokens(db: Db, { teamId, id, capabilities }: Actor, now: Date): TokenSummary[] {
  const enrolled = Map.groupBy(
    db
      .select({ tokenId: device.enrolledWith, id: device.id, name: device.name, tags: device.tags })
      .from(device)
      .where(and(eq(device.teamId, teamId), isNotNull(device.enrolledWith)))
      .orderBy(desc(device.createdAt))
      .all()
      // One with tags is nobody's, whoever made its token when they could yet.
      .filter(({ tags }) => capabilities.includes("devices.view") || tags.length === 0),
    ({ tokenId }) => tokenId,
  );
  const rows = db
    .select({ token: enrollmentToken, createdBy: user.name })
    .from(enrollmentToken)
    .leftJoin(user, eq(user.id, enrollmentToken.createdBy))
    .where(
      and(
        eq(enrollmentToken.teamId, teamId),
        capabilities.includes("tokens.view") ? undefined : eq(enrollmentToken.createdBy, id as `usr_${string}`),
      ),
    )
    .orderBy(desc(enrollmentToken.createdAt), desc(enrollmentToken.id))
    .limit(MAX_TOKENS)
    .all();
  return rows.map(({ token, createdBy }) => ({
    id: token.id,
    name: token.name,
    visiblePrefix: token.visiblePrefix,
    status: tokenStatus(token, now),
    uses: token.uses,
    maxUses: token.maxUses,
    tags: token.tags,
    ephemeral: token.ephemeral,
    createdBy,
    createdAt: token.createdAt,
    expiresAt: token.expiresAt,
    revokedAt: token.revokedAt,
    lastUsedAt: token.lastUsedAt,
    devices: (enrolled.get(token.id) ?? []).slice(0, MAX_DEVICES).map(({ id, name }) => ({ id, name })),
  }));
}
