/** For who lost the app: each lets in once. Shown once, kept as hashes. */
import { createHash, randomBytes } from "node:crypto";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { recoveryCode } from "@pinhole/drizzle/schema";
import { and, count, eq, isNull } from "drizzle-orm";
import { toBase32 } from "./base32.ts";

type UserId = `usr_${string}`;

export const RECOVERY_CODES = 10;
const BYTES = 10;

/** New ones in place of all before. */
export function replaceRecoveryCodes(tx: Tx, userId: UserId, now: Date): string[] {
  const codes = Array.from({ length: RECOVERY_CODES }, () => toBase32(randomBytes(BYTES)));
  tx.delete(recoveryCode).where(eq(recoveryCode.userId, userId)).run();
  tx.insert(recoveryCode)
    .values(codes.map((code) => ({ userId, codeHash: hash(code), createdAt: now })))
    .run();
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, "$1-"));
}

/** Uses one up. Of two who type it at one moment, one gets in. */
export function useRecoveryCode(tx: Tx, userId: UserId, typed: string, now: Date): boolean {
  const used = tx
    .update(recoveryCode)
    .set({ usedAt: now })
    .where(and(eq(recoveryCode.userId, userId), eq(recoveryCode.codeHash, hash(typed)), isNull(recoveryCode.usedAt)))
    .run();
  return used.changes === 1;
}

export function countRecoveryCodes(tx: Pick<Tx, "select">, userId: UserId): number {
  const left = tx
    .select({ count: count() })
    .from(recoveryCode)
    .where(and(eq(recoveryCode.userId, userId), isNull(recoveryCode.usedAt)))
    .get();
  return left?.count ?? 0;
}

/** People type small letters, and leave out or add separators. */
const hash = (code: string) =>
  createHash("sha256")
    .update(code.toUpperCase().replace(/[^A-Z2-7]/g, ""))
    .digest("hex");
