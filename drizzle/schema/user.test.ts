import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { countRows, insertMembership, insertSession, insertTeam, insertUser, openTestDb } from "../testing.ts";
import { membership } from "./membership.ts";
import { session } from "./session.ts";
import { user } from "./user.ts";

describe("user", () => {
  test("signs in with an e-mail address that nobody else has", () => {
    const db = openTestDb();
    insertUser(db, { email: "ana@example.test" });
    expect(() => insertUser(db, { email: "ana@example.test" })).toThrow(/UNIQUE/);
  });

  test("takes sessions and memberships along when deleted", () => {
    const db = openTestDb();
    const { id: userId } = insertUser(db);
    insertSession(db, { userId });
    insertMembership(db, { teamId: insertTeam(db).id, userId, role: "member" });
    db.delete(user).where(eq(user.id, userId)).run();
    expect([countRows(db, session), countRows(db, membership)]).toEqual([0, 0]);
  });

  test("has one role in a team", () => {
    const db = openTestDb();
    const both = { teamId: insertTeam(db).id, userId: insertUser(db).id };
    insertMembership(db, { ...both, role: "owner" });
    expect(() => insertMembership(db, { ...both, role: "member" })).toThrow(/UNIQUE/);
  });
});
