import type { Db } from "@pinhole/drizzle";
import { type ApiTokenRow, apiToken } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { type Capability, hasCapability, SCOPES } from "@pinhole/protocol/team";
import { and, count, eq, gt, isNull } from "drizzle-orm";
import * as z from "zod";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { displayNameSchema } from "../display-name.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { newTokenText } from "./token-text.ts";

const DAY_MS = 86_400_000;

/** Bounds the list, and what a stolen sign-in can make. */
const MAX_LIVE = 100;

export const apiTokenInputSchema = z.object({
  name: displayNameSchema,
  scopes: z
    .array(z.enum(SCOPES as [Capability, ...Capability[]]))
    .min(1)
    .max(SCOPES.length)
    .transform((scopes) => SCOPES.filter((scope) => scopes.includes(scope))),
  /** There is none that lasts for ever. */
  expiresInMs: z
    .int()
    .min(60_000)
    .max(366 * DAY_MS),
});
export type ApiTokenInput = z.output<typeof apiTokenInputSchema>;

/** The token's text is in no other place than this answer. */
export type CreatedApiToken = { readonly row: ApiTokenRow; readonly token: string };

/** Nobody gives away more than they have. */
export function createApiToken(
  db: Db,
  actor: Actor,
  { name, scopes, expiresInMs }: ApiTokenInput,
  now: Date,
): Result<CreatedApiToken, Refusal> {
  const { token, secretHash, visiblePrefix } = newTokenText();
  const expiresAt = new Date(now.getTime() + expiresInMs);
  return db.transaction(
    (tx): Result<CreatedApiToken, Refusal> => {
      const maker = findMember(tx, actor.teamId, actor.id ?? "");
      if (maker === undefined || !scopes.every((scope) => hasCapability(maker.role, scope)))
        return err({ code: "role-insufficient" });
      if (!actor.isSteppedUp) return err({ code: "step-up-needed" });
      const live = tx
        .select({ count: count() })
        .from(apiToken)
        .where(and(eq(apiToken.teamId, actor.teamId), isNull(apiToken.revokedAt), gt(apiToken.expiresAt, now)))
        .get();
      if ((live?.count ?? 0) >= MAX_LIVE) return err({ code: "too-many-api-tokens" });
      const row = tx
        .insert(apiToken)
        .values({
          teamId: actor.teamId,
          createdBy: maker.userId,
          name,
          secretHash,
          visiblePrefix,
          scopes,
          expiresAt,
          createdAt: now,
        })
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "api-token.create",
          object: { kind: "api-token", id: row.id, name },
          after: { visiblePrefix, scopes, expiresAt: expiresAt.toISOString() },
        },
        now,
      );
      return ok({ row, token });
    },
    { behavior: "immediate" },
  );
}
