import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { insertEnrollmentToken, insertTeam, openTestDb } from "../testing.ts";
import { enrollmentToken } from "./enrollment-token.ts";

describe("enrollment token", () => {
  // What stands if the conditional UPDATE is ever forgotten.
  test("cannot be used more often than it allows", () => {
    const db = openTestDb();
    const { id } = insertEnrollmentToken(db, { teamId: insertTeam(db).id, maxUses: 1 });
    const use = () =>
      db
        .update(enrollmentToken)
        .set({ uses: sql`${enrollmentToken.uses} + 1` })
        .where(eq(enrollmentToken.id, id))
        .run();
    use();
    expect(use).toThrow(/CHECK/);
  });

  test("is found by an id that no other token has", () => {
    const db = openTestDb();
    const { lookup } = insertEnrollmentToken(db, { teamId: insertTeam(db).id });
    expect(() => insertEnrollmentToken(db, { teamId: insertTeam(db).id, lookup })).toThrow(/UNIQUE/);
  });
});
