/** Turning the second factor on: a secret is shown, and counts once a code of it came back. */
import { randomBytes } from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import { secondFactor } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq, isNull } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { Throttles } from "../process.ts";
import type { Refusal } from "../refusal.ts";
import { seal } from "../storage/seal.ts";
import { toBase32 } from "./base32.ts";
import { hasSecondFactor, sealPurpose, spendAppCode } from "./check-code.ts";
import type { Person } from "./person.ts";
import { type QrCode, qrCode } from "./qr-code.ts";
import { replaceRecoveryCodes } from "./recovery-codes.ts";
import { TOTP_SECRET_BYTES, totpUri } from "./totp.ts";

/** In no other place than this answer. */
export type ShownSecret = { readonly secret: string; readonly uri: string; readonly qr: QrCode };

type Sources = { readonly db: Db; readonly sealingKey: Uint8Array };

/** Begun again, it shows another secret; the one before is worth nothing. */
export function beginSecondFactor(
  { db, sealingKey }: Sources,
  person: Person,
  now: Date,
): Result<ShownSecret, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  const bytes = randomBytes(TOTP_SECRET_BYTES);
  const row = { sealedSecret: seal(sealingKey, bytes, sealPurpose(person.id)), lastStep: 0, createdAt: now };
  const begun = db
    .insert(secondFactor)
    .values({ userId: person.id, ...row })
    .onConflictDoUpdate({ target: secondFactor.userId, set: row, setWhere: isNull(secondFactor.confirmedAt) })
    .run();
  if (begun.changes !== 1) return err({ code: "second-factor-on" });
  const secret = toBase32(bytes);
  const uri = totpUri(secret, { issuer: "Pinhole", account: person.email });
  return ok({ secret, uri, qr: qrCode(uri) });
}

/** The answer is the one place where the recovery codes are ever shown. */
export function confirmSecondFactor(
  { db, sealingKey, throttles }: Sources & { readonly throttles: Pick<Throttles, "secondFactor"> },
  person: Person,
  code: string,
  now: Date,
): Result<{ readonly recoveryCodes: readonly string[] }, Refusal> {
  if (!throttles.secondFactor.take(person.id, now)) return err({ code: "too-many-tries" });
  return db.transaction(
    (tx): Result<{ recoveryCodes: string[] }, Refusal> => {
      if (hasSecondFactor(tx, person.id)) return err({ code: "second-factor-on" });
      if (!spendAppCode(tx, sealingKey, { userId: person.id, code: code.replace(/\s/g, "") }, now))
        return err({ code: "code-wrong" });
      tx.update(secondFactor)
        .set({ confirmedAt: now })
        .where(and(eq(secondFactor.userId, person.id), isNull(secondFactor.confirmedAt)))
        .run();
      const recoveryCodes = replaceRecoveryCodes(tx, person.id, now);
      recordEvent(
        tx,
        {
          teamId: null,
          author: { kind: "user", id: person.id, name: person.name, address: person.address },
          action: "second-factor.on",
          object: { kind: "user", id: person.id, name: person.name },
          after: { recoveryCodes: recoveryCodes.length },
        },
        now,
      );
      throttles.secondFactor.reset(person.id);
      return ok({ recoveryCodes });
    },
    { behavior: "immediate" },
  );
}
