import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Passkey, passkey } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
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

/** It signs in nowhere from here on. The password stays: nobody locks themselves out with their last passkey. */
export function removePasskey(db: Db, person: Person, passkeyId: PasskeyId, now: Date): Result<null, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  return db.transaction((tx): Result<null, Refusal> => {
    const removed = tx
      .delete(passkey)
      .where(and(eq(passkey.id, passkeyId), eq(passkey.userId, person.id)))
      .returning()
      .all();
    recordRemoved(tx, authorOf(person), removed, now);
    return removed.length === 1 ? ok(null) : err({ code: "passkey-not-found" });
  });
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
