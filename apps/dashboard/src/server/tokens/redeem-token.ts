/**
 * Uses an enrollment token once. Call it in the transaction that inserts the device: a use without a device, or a device
 * without a use, never stands.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type EnrollmentTokenRow, enrollmentToken } from "@pinhole/drizzle/schema";
import { type EnrollmentToken, err, ok, parseEnrollmentToken, type Result } from "@pinhole/protocol";
import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";

export type TokenRefusal = "token-invalid" | "token-used-up" | "token-expired" | "token-revoked";

/** Compared with when there is no row, so that an unknown id costs what a wrong secret costs. */
const NO_HASH = Buffer.alloc(32);

/** Finds the row of a token that is presented whole. A wrong secret and an unknown id are one and the same answer. */
export function findToken(tx: Pick<Tx, "select">, text: string): Result<EnrollmentTokenRow, "token-invalid"> {
  const parsed = parseEnrollmentToken(text);
  if (!parsed.ok) return err("token-invalid");
  const { id, secret }: EnrollmentToken = parsed.value;
  const row = tx
    .select()
    .from(enrollmentToken)
    .where(eq(enrollmentToken.lookup, Buffer.from(id).toString("hex")))
    .get();
  const presented = createHash("sha256").update(secret).digest();
  const expected = row === undefined ? NO_HASH : Buffer.from(row.secretHash, "hex");
  const isRight = presented.length === expected.length && timingSafeEqual(presented, expected);
  return row !== undefined && isRight ? ok(row) : err("token-invalid");
}

/**
 * Counts the use. The conditions are in the UPDATE itself: of many at once, as many succeed as uses are left.
 * Says why it refuses only to whoever has shown the secret.
 */
export function consumeToken(
  tx: Pick<Tx, "update">,
  token: EnrollmentTokenRow,
  now: Date,
): Result<EnrollmentTokenRow, TokenRefusal> {
  const consumed = tx
    .update(enrollmentToken)
    .set({ uses: sql`${enrollmentToken.uses} + 1`, lastUsedAt: now })
    .where(
      and(
        eq(enrollmentToken.id, token.id),
        isNull(enrollmentToken.revokedAt),
        gt(enrollmentToken.expiresAt, now),
        lt(enrollmentToken.uses, enrollmentToken.maxUses),
      ),
    )
    .returning()
    .get();
  return consumed === undefined ? err(refusalOf(token, now) ?? "token-used-up") : ok(consumed);
}

/** Why a token is of no use, by its row alone; undefined when it may be of one. */
export function refusalOf(
  { revokedAt, expiresAt, uses, maxUses }: EnrollmentTokenRow,
  now: Date,
): TokenRefusal | undefined {
  if (revokedAt !== null) return "token-revoked";
  if (expiresAt <= now) return "token-expired";
  return uses >= maxUses ? "token-used-up" : undefined;
}
