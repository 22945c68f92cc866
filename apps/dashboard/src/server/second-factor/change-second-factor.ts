import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { recoveryCode, secondFactor } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { hasSecondFactor } from "./check-code.ts";
import type { Person } from "./person.ts";
import { countRecoveryCodes, replaceRecoveryCodes } from "./recovery-codes.ts";

export type SecondFactorStatus = { readonly since: Date | null; readonly recoveryCodesLeft: number };

export function secondFactorStatus(db: Db, userId: Person["id"]): SecondFactorStatus {
  const row = db
    .select({ since: secondFactor.confirmedAt })
    .from(secondFactor)
    .where(eq(secondFactor.userId, userId))
    .get();
  return { since: row?.since ?? null, recoveryCodesLeft: countRecoveryCodes(db, userId) };
}

/** The password is enough from here on. */
export function turnOffSecondFactor(db: Db, person: Person, now: Date): Result<null, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  return db.transaction((tx) => forgetSecondFactor(tx, authorOf(person), person, now), { behavior: "immediate" });
}

/** Also for the operator of the server, to whom people come who lost app and recovery codes. */
export function forgetSecondFactor(
  tx: Tx,
  author: Author,
  { id, name }: Pick<Person, "id" | "name">,
  now: Date,
): Result<null, Refusal> {
  if (!hasSecondFactor(tx, id)) return err({ code: "second-factor-off" });
  tx.delete(secondFactor).where(eq(secondFactor.userId, id)).run();
  tx.delete(recoveryCode).where(eq(recoveryCode.userId, id)).run();
  recordEvent(tx, { teamId: null, author, action: "second-factor.off", object: { kind: "user", id, name } }, now);
  return ok(null);
}

/** The answer is the one place where they are ever shown; those before are worth nothing. */
export function renewRecoveryCodes(
  db: Db,
  person: Person,
  now: Date,
): Result<{ readonly recoveryCodes: readonly string[] }, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  return db.transaction(
    (tx): Result<{ recoveryCodes: string[] }, Refusal> => {
      if (!hasSecondFactor(tx, person.id)) return err({ code: "second-factor-off" });
      const before = { recoveryCodes: countRecoveryCodes(tx, person.id) };
      const recoveryCodes = replaceRecoveryCodes(tx, person.id, now);
      const after = { recoveryCodes: recoveryCodes.length };
      const object = { kind: "user", id: person.id, name: person.name };
      const author = authorOf(person);
      recordEvent(tx, { teamId: null, author, action: "second-factor.renew-codes", object, before, after }, now);
      return ok({ recoveryCodes });
    },
    { behavior: "immediate" },
  );
}

const authorOf = ({ id, name, address }: Person): Author => ({ kind: "user", id, name, address });
