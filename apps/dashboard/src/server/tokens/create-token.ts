import { createHash, randomBytes } from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import { type EnrollmentTokenRow, enrollmentToken } from "@pinhole/drizzle/schema";
import {
  err,
  formatEnrollmentToken,
  ok,
  type Result,
  TOKEN_ID_BYTES,
  TOKEN_SECRET_BYTES,
  TOKEN_VISIBLE_LENGTH,
} from "@pinhole/protocol";
import { and, count, eq, gt, isNull } from "drizzle-orm";
import * as z from "zod";
import { MAX_OWN_LIVE_TOKENS } from "../../own-token-limit.ts";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { displayNameSchema, tagSchema } from "../display-name.ts";
import type { Refusal } from "../refusal.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Bounds the list, and what a stolen sign-in can make. */
const MAX_LIVE_TOKENS = 1_000;

export const tokenInputSchema = z.object({
  name: displayNameSchema.default("Enrollment token"),
  maxUses: z.int().min(1).max(10_000).default(1),
  expiresInMs: z
    .int()
    .min(MINUTE_MS)
    .max(365 * DAY_MS)
    .default(DAY_MS),
  tags: z
    .array(tagSchema)
    .max(16)
    .default([])
    .transform((tags) => [...new Set(tags)].sort()),
  ephemeral: z.boolean().default(false),
  /** Where the team wants a person to let devices in: those of this token need nobody. */
  isPreApproved: z.boolean().default(false),
});
export type TokenInput = z.output<typeof tokenInputSchema>;

/** The token's text is in no other place than this answer: only a hash of its secret is kept. */
export type CreatedToken = { readonly row: EnrollmentTokenRow; readonly token: string };

export function createToken(
  db: Db,
  actor: Actor,
  input: TokenInput & { readonly fingerprint: Uint8Array },
  now: Date,
): Result<CreatedToken, Refusal> {
  const isForTeam = actor.capabilities.includes("tokens.manage");
  if (!isForTeam && !isForOneself(input)) return err({ code: "own-device-only" });
  const id = randomBytes(TOKEN_ID_BYTES);
  const secret = randomBytes(TOKEN_SECRET_BYTES);
  const token = formatEnrollmentToken({ id, secret, fingerprint: input.fingerprint });
  const { name, maxUses, tags, ephemeral, isPreApproved, expiresInMs } = input;
  const expiresAt = new Date(now.getTime() + expiresInMs);
  const createdBy = actor.kind === "user" ? userIdOf(actor) : null;

  return db.transaction(
    (tx): Result<CreatedToken, Refusal> => {
      const live = tx
        .select({ count: count() })
        .from(enrollmentToken)
        .where(
          and(
            eq(enrollmentToken.teamId, actor.teamId),
            isForTeam || createdBy === null ? undefined : eq(enrollmentToken.createdBy, createdBy),
            isNull(enrollmentToken.revokedAt),
            gt(enrollmentToken.expiresAt, now),
          ),
        )
        .get();
      if ((live?.count ?? 0) >= (isForTeam ? MAX_LIVE_TOKENS : MAX_OWN_LIVE_TOKENS))
        return err({ code: "too-many-tokens" });

      const row = tx
        .insert(enrollmentToken)
        .values({
          teamId: actor.teamId,
          lookup: id.toString("hex"),
          secretHash: createHash("sha256").update(secret).digest("hex"),
          visiblePrefix: token.slice(0, TOKEN_VISIBLE_LENGTH),
          name,
          maxUses,
          tags,
          ephemeral,
          isPreApproved,
          expiresAt,
          createdBy,
          createdAt: now,
        })
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "token.create",
          object: { kind: "token", id: row.id, name },
          after: {
            visiblePrefix: row.visiblePrefix,
            maxUses,
            tags,
            ephemeral,
            isPreApproved,
            expiresAt: expiresAt.toISOString(),
          },
        },
        now,
      );
      return ok({ row, token });
    },
    { behavior: "immediate" },
  );
}

/** What lets in one machine, which is then the maker's own, and which whoever manages devices still approves. */
export function isForOneself({
  maxUses,
  tags,
  isPreApproved,
}: Pick<TokenInput, "maxUses" | "tags" | "isPreApproved">): boolean {
  return maxUses === 1 && tags.length === 0 && !isPreApproved;
}

function userIdOf({ id }: Actor): `usr_${string}` | null {
  return id === null ? null : `usr_${id.replace(/^usr_/, "")}`;
}
