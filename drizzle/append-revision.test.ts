import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { appendRevision } from "./append-revision.ts";
import { revision, team } from "./schema/index.ts";
import { countRows, insertDevice, insertTeam, openTestDb } from "./testing.ts";

describe("appendRevision", () => {
  test("numbers each team's changes by themselves, without a gap", () => {
    const db = openTestDb();
    const [ours, theirs] = [insertTeam(db), insertTeam(db)];
    const { id: deviceId } = insertDevice(db, { teamId: ours.id });
    expect(appendRevision(db, { teamId: ours.id, kind: "device", deviceId })).toBe(1);
    expect(appendRevision(db, { teamId: theirs.id, kind: "settings" })).toBe(1);
    expect(appendRevision(db, { teamId: ours.id, kind: "policy" })).toBe(2);
    expect(db.select().from(revision).where(eq(revision.teamId, ours.id)).all()).toMatchObject([
      { revision: 1, kind: "device", deviceId },
      { revision: 2, kind: "policy", deviceId: null },
    ]);
  });

  test("leaves no trace of a change that was rolled back", () => {
    const db = openTestDb();
    const { id: teamId } = insertTeam(db);
    const change = () =>
      db.transaction((tx) => {
        appendRevision(tx, { teamId, kind: "policy" });
        throw new Error("the change failed");
      });
    expect(change).toThrow("the change failed");
    expect(countRows(db, revision)).toBe(0);
    expect(db.select().from(team).get()).toMatchObject({ revision: 0 });
  });

  test("refuses a team that does not exist", () => {
    expect(() => appendRevision(openTestDb(), { teamId: "team_none", kind: "policy" })).toThrow(/no team/);
  });
});
