import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Passkey, passkey } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { hasOtherWayIn } from "../auth/other-way-in.ts";
import type { Refusal } from "../refusal.ts";
import type { Person } from "../second-factor/person.ts";

type PasskeyId = Passkey["id"];

/** Somebody else's is not found. */
export function renamePasskey(
  db: Db,
  person: Person,
  { passkeyId, name }: { readonly passkeyId: PasskeyId; readonly name: string },
  now: Date,
): Result<null, Refusal> {
  const isIt = and(eq(passkey.id, passkeyId), eq(passkey.userId, person.id));
  return db.transaction(
    (tx): Result<null, Refusal> => {
      const found = tx.select().from(passkey).where(isIt).get();
      if (found === undefined) return err({ code: "passkey-not-found" });
      if (found.name === name) return ok(null);
      tx.update(passkey).set({ name }).where(isIt).run();
      const object = { kind: "passkey", id: found.id, name };
      const change = { before: { name: found.name }, after: { name } };
      recordEvent(tx, { teamId: null, author: authorOf(person), action: "passkey.rename", object, ...change }, now);
      return ok(null);
    },
    { behavior: "immediate" },
  );
}

type Removing = {
  readonly passkeyId: PasskeyId;
  /** Of the provider that is set up. */
  readonly issuer: string | undefined;
};

/** It signs in nowhere from here on. Nobody locks themselves out with their last passkey. */
export function removePasskey(
  db: Db,
  person: Person,
  { passkeyId, issuer }: Removing,
  now: Date,
): Result<null, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  const isIt = and(eq(passkey.id, passkeyId), eq(passkey.userId, person.id));
  return db.transaction(
    (tx): Result<null, Refusal> => {
      if (tx.select().from(passkey).where(isIt).get() === undefined) return err({ code: "passkey-not-found" });
      if (!hasOtherWayIn(tx, { userId: person.id, without: passkeyId, issuer })) return err({ code: "last-way-in" });
      recordRemoved(tx, authorOf(person), tx.delete(passkey).where(isIt).returning().all(), now);
      return ok(null);
    },
    { behavior: "immediate" },
  );
}

/** All of an account: whoever knew its password may have added one. */
export function forgetPasskeys(tx: Tx, author: Author, userId: Person["id"], now: Date): void {
  recordRemoved(tx, author, tx.delete(passkey).where(eq(passkey.userId, userId)).returning().all(), now);
}

function recordRemoved(tx: Tx, author: Author, removed: readonly Passkey[], now: Date): void {
  for (const { id, name } of removed)
    recordEvent(tx, { teamId: null, author, action: "passkey.remove", object: { kind: "passkey", id, name } }, now);
}

const authorOf = ({ id, name, address }: Person): Author => ({ kind: "user", id, name, address });
