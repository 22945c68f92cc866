import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { countRows, insertDevice, insertEnrollmentToken, insertTeam, openTestDb } from "../testing.ts";
import { device } from "./device.ts";
import { enrollmentToken } from "./enrollment-token.ts";
import { team } from "./team.ts";

describe("device", () => {
  // Otherwise a revoked machine could come back under its old keys with a new token.
  test.each(["identityKey", "nodeKey"] as const)("keeps a revoked device's %s taken, in every team", (key) => {
    const db = openTestDb();
    const revoked = insertDevice(db, { teamId: insertTeam(db).id, revokedAt: new Date() });
    expect(() => insertDevice(db, { teamId: insertTeam(db).id, [key]: revoked[key] })).toThrow(/UNIQUE/);
  });

  test("gives a name once among the devices that are not revoked", () => {
    const db = openTestDb();
    const { id: teamId } = insertTeam(db);
    const first = insertDevice(db, { teamId, name: "laptop" });
    expect(() => insertDevice(db, { teamId, name: "laptop" })).toThrow(/UNIQUE/);
    db.update(device).set({ revokedAt: new Date() }).where(eq(device.id, first.id)).run();
    expect(insertDevice(db, { teamId, name: "laptop" }).name).toBe("laptop");
  });

  test.each(["ipv4", "ipv6"] as const)("never hands out an %s twice in a team", (family) => {
    const db = openTestDb();
    const { id: teamId } = insertTeam(db);
    const first = insertDevice(db, { teamId, revokedAt: new Date() });
    expect(() => insertDevice(db, { teamId, [family]: first[family] })).toThrow(/UNIQUE/);
    expect(insertDevice(db, { teamId: insertTeam(db).id, [family]: first[family] })[family]).toBe(first[family]);
  });

  test.each(["identityKey", "nodeKey"] as const)("takes no %s of the wrong length", (key) => {
    const db = openTestDb();
    expect(() => insertDevice(db, { teamId: insertTeam(db).id, [key]: "short" })).toThrow(/CHECK/);
  });

  test("goes away with its team, and outlives its token", () => {
    const db = openTestDb();
    const { id: teamId } = insertTeam(db);
    const token = insertEnrollmentToken(db, { teamId });
    insertDevice(db, { teamId, enrolledWith: token.id });
    db.delete(enrollmentToken).where(eq(enrollmentToken.id, token.id)).run();
    expect(db.select().from(device).all()).toMatchObject([{ enrolledWith: null }]);
    db.delete(team).where(eq(team.id, teamId)).run();
    expect(countRows(db, device)).toBe(0);
  });
});
