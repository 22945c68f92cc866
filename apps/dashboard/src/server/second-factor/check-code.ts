import type { Tx } from "@pinhole/drizzle/append-revision";
import { secondFactor } from "@pinhole/drizzle/schema";
import { and, eq, isNotNull, lt } from "drizzle-orm";
import { unseal } from "../storage/seal.ts";
import { useRecoveryCode } from "./recovery-codes.ts";
import { matchingStep } from "./totp.ts";

type UserId = `usr_${string}`;

/** Bounds what is hashed: a recovery code with whatever people put between its letters. */
export const MAX_CODE_LENGTH = 64;

export type CodeKind = "app" | "recovery-code";

export function hasSecondFactor(tx: Pick<Tx, "select">, userId: UserId): boolean {
  const found = tx
    .select({ userId: secondFactor.userId })
    .from(secondFactor)
    .where(and(eq(secondFactor.userId, userId), isNotNull(secondFactor.confirmedAt)))
    .get();
  return found !== undefined;
}

/** Uses up a code of the app or a recovery code; undefined: it is none, or was used. */
export function spendCode(
  tx: Tx,
  sealingKey: Uint8Array,
  { userId, code }: { readonly userId: UserId; readonly code: string },
  now: Date,
): CodeKind | undefined {
  if (code.length > MAX_CODE_LENGTH) return undefined;
  const digits = code.replace(/\s/g, "");
  if (!/^[0-9]{6}$/.test(digits)) return useRecoveryCode(tx, userId, code, now) ? "recovery-code" : undefined;
  return spendAppCode(tx, sealingKey, { userId, code: digits }, now) ? "app" : undefined;
}

/** Whether the code is one of this moment that has not been used, nor one after it. */
export function spendAppCode(
  tx: Tx,
  sealingKey: Uint8Array,
  { userId, code }: { readonly userId: UserId; readonly code: string },
  now: Date,
): boolean {
  const row = tx.select().from(secondFactor).where(eq(secondFactor.userId, userId)).get();
  // With another sealing key than it was made under, recovery codes are what is left.
  const secret = row === undefined ? undefined : unseal(sealingKey, row.sealedSecret, sealPurpose(userId));
  const step = secret === undefined ? undefined : matchingStep(secret, code, now);
  if (step === undefined) return false;
  const spent = tx
    .update(secondFactor)
    .set({ lastStep: step })
    .where(and(eq(secondFactor.userId, userId), lt(secondFactor.lastStep, step)))
    .run();
  return spent.changes === 1;
}

export const sealPurpose = (userId: UserId): string => `second-factor:${userId}`;
