import { and, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { countRows, insertMembership, insertTeam, insertUser, openTestDb } from "../testing.ts";
import { membership, team, user } from "./index.ts";

test("the database keeps a team's last owner, and lets the one before the last go", () => {
  const db = openTestDb();
  const ours = insertTeam(db);
  const [one, other] = [insertUser(db), insertUser(db)];
  for (const { id } of [one, other]) insertMembership(db, { teamId: ours.id, userId: id, role: "owner" });
  const of = (userId: typeof one.id) => and(eq(membership.teamId, ours.id), eq(membership.userId, userId));

  db.update(membership).set({ role: "member" }).where(of(one.id)).run();
  expect(() => db.update(membership).set({ role: "admin" }).where(of(other.id)).run()).toThrow(/last owner/);
  expect(() => db.delete(membership).where(of(other.id)).run()).toThrow(/last owner/);
  expect(() => db.delete(user).where(eq(user.id, other.id)).run()).toThrow(/last owner/);
  db.delete(membership).where(of(one.id)).run();
  expect(countRows(db, membership)).toBe(1);
});

test("a team goes with its owners", () => {
  const db = openTestDb();
  const ours = insertTeam(db);
  insertMembership(db, { teamId: ours.id, userId: insertUser(db).id, role: "owner" });
  db.delete(team).where(eq(team.id, ours.id)).run();
  expect(countRows(db, membership)).toBe(0);
});
