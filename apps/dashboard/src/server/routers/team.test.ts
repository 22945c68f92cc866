import { auditEvent, revision, team } from "@pinhole/drizzle/schema";
import { countRows } from "@pinhole/drizzle/testing";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { MAX_OWNED_TEAMS } from "../teams/found-team.ts";
import { newTestServer } from "../testing.ts";

describe("team.create", () => {
  test("makes a team with nobody and nothing in it but its owner", async () => {
    const server = newTestServer();
    const owner = server.as("owner");
    expect(await owner.team.create({ team: "ours", name: "Workshop" })).toEqual({ slug: "workshop", name: "Workshop" });
    expect(await owner.member.list({ team: "workshop" })).toMatchObject([{ role: "owner" }]);
    expect(await owner.device.list({ team: "workshop" })).toMatchObject({ devices: [] });
    const [ours, workshop] = [await owner.team.get({ team: "ours" }), await owner.team.get({ team: "workshop" })];
    expect(workshop.ipv4Range).not.toBe(ours.ipv4Range);
    await expect(server.as("admin").team.get({ team: "workshop" })).rejects.toThrow("team-not-found");
    const events = server.db.select().from(auditEvent).where(eq(auditEvent.teamId, workshop.id)).all();
    expect(events).toMatchObject([{ action: "team.create", actorKind: "user", after: { slug: "workshop" } }]);
  });

  test("takes a name that another team has, at an address of its own", async () => {
    const owner = newTestServer().as("owner");
    const made = [1, 2].map(() => owner.team.create({ team: "ours", name: "Ours" }));
    expect(await Promise.all(made)).toMatchObject([{ slug: "ours-2" }, { slug: "ours-3" }]);
  });

  test("has a bound for each person", async () => {
    const server = newTestServer();
    const owner = server.as("owner");
    for (let owned = 1; owned < MAX_OWNED_TEAMS; owned++) await owner.team.create({ team: "ours", name: "More" });
    await expect(owner.team.create({ team: "ours", name: "More" })).rejects.toThrow("too-many-teams");
    expect(countRows(server.db, team)).toBe(MAX_OWNED_TEAMS + 1);
  });
});

describe("team.configure", () => {
  test("switches spraying off and on again, and says so in the activity log and to the agents' sessions", async () => {
    const server = newTestServer();
    const admin = server.as("admin");
    expect(await admin.team.get({ team: "ours" })).toMatchObject({ maySpray: true });
    expect(await admin.team.configure({ team: "ours", maySpray: false })).toMatchObject({ maySpray: false });
    expect(await admin.team.get({ team: "ours" })).toMatchObject({ maySpray: false });
    await admin.team.configure({ team: "ours", maySpray: true });
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "team.configure", objectId: server.team.id, before: { maySpray: true }, after: { maySpray: false } },
      { action: "team.configure", objectId: server.team.id, before: { maySpray: false }, after: { maySpray: true } },
    ]);
    expect(server.db.select().from(revision).all()).toMatchObject([{ kind: "settings" }, { kind: "settings" }]);
    expect(server.events.map(({ kind }) => kind)).toEqual(["revision", "revision"]);
  });

  test("changes what is named, and leaves the rest", async () => {
    const server = newTestServer();
    const admin = server.as("admin");
    await admin.team.configure({ team: "ours", needsApproval: true, keyLifetimeDays: 90 });
    expect(await admin.team.configure({ team: "ours", removeUnseenDays: 30 })).toEqual({
      maySpray: true,
      needsApproval: true,
      keyLifetimeDays: 90,
      removeUnseenDays: 30,
    });
    await admin.team.configure({ team: "ours", keyLifetimeDays: null });
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      before: { keyLifetimeDays: 90 },
      after: { keyLifetimeDays: null },
    });
  });

  test.each([0, -1, 1.5, 4_000, Number.NaN])("takes no lifetime of %d days", async (keyLifetimeDays) => {
    const admin = newTestServer().as("admin");
    await expect(admin.team.configure({ team: "ours", keyLifetimeDays })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
  });

  test("to what it is already does nothing", async () => {
    const server = newTestServer();
    await server.as("owner").team.configure({ team: "ours", maySpray: true });
    expect(server.db.select().from(auditEvent).all()).toEqual([]);
    expect(server.events).toEqual([]);
  });

  test("is this team's alone", async () => {
    const server = newTestServer();
    await server.as("admin").team.configure({ team: "ours", maySpray: false });
    const theirs = await server.as("stranger").team.get({ team: server.otherTeam.slug });
    expect(theirs.maySpray).toBe(true);
  });
});
