import { auditEvent, revision } from "@pinhole/drizzle/schema";
import { describe, expect, test } from "vitest";
import { newTestServer } from "../testing.ts";

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
