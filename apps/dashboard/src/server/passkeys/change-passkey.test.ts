import type { Db } from "@pinhole/drizzle";
import { auditEvent, passkey, type User } from "@pinhole/drizzle/schema";
import { countRows, insertIdentity, insertPasskey, insertUser, openTestDb } from "@pinhole/drizzle/testing";
import { describe, expect, test } from "vitest";
import { NO_PASSWORD } from "../auth/password.ts";
import { NOW } from "../testing.ts";
import { removePasskey } from "./change-passkey.ts";

const ISSUER = "https://id.example/";

describe("a passkey of an account without a password", () => {
  test("stays while it is the only way in, whatever others have, or a provider that is not set up says", () => {
    const { db, person, remove } = newPerson();
    insertIdentity(db, { userId: person.id, issuer: "https://former.example/" });
    const { id: userId } = insertUser(db);
    insertIdentity(db, { userId, issuer: ISSUER });
    insertPasskey(db, { userId });
    expect(remove()).toEqual({ ok: false, error: { code: "last-way-in" } });
    expect([countRows(db, passkey), countRows(db, auditEvent)]).toEqual([2, 0]);
  });

  test("stays where no provider is set up, whatever one said before", () => {
    const { db, person, remove } = newPerson();
    insertIdentity(db, { userId: person.id, issuer: ISSUER });
    expect(remove(null)).toEqual({ ok: false, error: { code: "last-way-in" } });
  });

  test.each([
    ["another passkey", (db: Db, userId: User["id"]) => insertPasskey(db, { userId })],
    ["a sign-in at the provider", (db: Db, userId: User["id"]) => insertIdentity(db, { userId, issuer: ISSUER })],
  ])("goes where there is %s", (_, insert) => {
    const { db, person, remove, isThere } = newPerson();
    insert(db, person.id);
    expect(remove()).toEqual({ ok: true, value: null });
    expect(isThere()).toBe(false);
  });
});

function newPerson() {
  const db = openTestDb();
  const { id, name, email } = insertUser(db, { passwordHash: NO_PASSWORD });
  const person = { id, name, email, address: null, isSteppedUp: true };
  const { id: passkeyId } = insertPasskey(db, { userId: id });
  return {
    db,
    person,
    remove: (issuer: string | null = ISSUER) =>
      removePasskey(db, person, { passkeyId, issuer: issuer ?? undefined }, NOW),
    isThere: () =>
      db
        .select()
        .from(passkey)
        .all()
        .some((row) => row.id === passkeyId),
  };
}
