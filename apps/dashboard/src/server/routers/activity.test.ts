import { insertDevice } from "@pinhole/drizzle/testing";
import { describe, expect, test } from "vitest";
import { recordEvent } from "../audit/record-event.ts";
import { ACTOR, NOW, newTestServer } from "../testing.ts";

describe("activity.list", () => {
  test("shows every line of the team once, page by page, the newest first", async () => {
    const server = newTestServer();
    // Several in the same millisecond: the cursor must not skip or repeat one.
    for (let line = 0; line < 25; line++) record(server.team.id, `line ${line}`, Math.floor(line / 10));
    record(server.otherTeam.id, "theirs", 0);
    const auditor = server.as("auditor");
    const seen: string[] = [];
    let cursor: Awaited<ReturnType<typeof auditor.activity.list>>["nextCursor"] = null;
    do {
      const page: Awaited<ReturnType<typeof auditor.activity.list>> = await auditor.activity.list({
        team: "ours",
        cursor,
        limit: 7,
      });
      seen.push(...page.events.map(({ object }) => object.name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen).not.toContain("theirs");
    expect(Number(seen[0]?.slice(5))).toBeGreaterThanOrEqual(20);

    function record(teamId: `team_${string}`, name: string, ms: number) {
      const object = { kind: "device", id: "dev_1", name };
      recordEvent(server.db, { teamId, author: ACTOR, action: "device.rename", object }, new Date(NOW.getTime() + ms));
    }
  });
});

describe("a filter of the activity", () => {
  const newLog = () => {
    const server = newTestServer();
    const record = (kind: string, name: string, daysAgo: number) =>
      recordEvent(
        server.db,
        { teamId: server.team.id, author: ACTOR, action: `${kind}.change`, object: { kind, id: "1", name } },
        new Date(NOW.getTime() - daysAgo * 86_400_000),
      );
    record("device", "nas_1", 0);
    record("device", "nas21", 2);
    record("policy", "policy of 50%", 9);
    record("api-token", "ci", 40);
    record("invite", "nas@example.test", 41);
    return server;
  };
  const namesOf = async (filter: Record<string, unknown>) => {
    const { events } = await newLog()
      .as("auditor")
      .activity.list({ team: "ours", ...filter });
    return events.map(({ object }) => object.name);
  };

  test.each([
    [{ about: "devices" }, ["nas_1", "nas21"]],
    [{ about: "tokens" }, ["ci"]],
    [{ about: "people" }, ["nas@example.test"]],
    [{ days: 7 }, ["nas_1", "nas21"]],
    [{ search: "NAS" }, ["nas_1", "nas21", "nas@example.test"]],
    // Neither is a wildcard.
    [{ search: "nas_" }, ["nas_1"]],
    [{ search: "50%" }, ["policy of 50%"]],
    [{ search: "%" }, ["policy of 50%"]],
    [{ search: "nas device.change", days: 1 }, ["nas_1"]],
    [{ search: "\\" }, []],
  ])("%j finds %j", async (filter, names) => {
    expect(await namesOf(filter)).toEqual(names);
  });

  test("counts for the export too, which says what was left out", async () => {
    const auditor = newLog().as("auditor");
    const json = JSON.parse(await auditor.activity.export({ team: "ours", format: "json", about: "policies" }));
    expect(json.map(({ objectName }: { objectName: string }) => objectName)).toEqual(["policy of 50%"]);
    const { events } = await auditor.activity.list({ team: "ours", about: "team" });
    expect(events[0]).toMatchObject({ action: "activity.export", after: { events: 1, about: "policies" } });
  });
});

describe("activity.export", () => {
  test("has every line of the team and no other's, as either format, and says that it was made", async () => {
    const server = newTestServer();
    const { id } = insertDevice(server.db, { teamId: server.team.id });
    const EARLIER = new Date(NOW.getTime() - 1_000);
    const object = { kind: "device", id, name: "=cmd()|' /C calc'!A0" };
    recordEvent(server.db, { teamId: server.team.id, author: ACTOR, action: "device.rename", object }, EARLIER);
    recordEvent(server.db, { teamId: server.otherTeam.id, author: ACTOR, action: "device.theirs", object }, EARLIER);
    const auditor = server.as("auditor");
    const csv = await auditor.activity.export({ team: "ours", format: "csv" });
    expect(csv.split("\r\n")).toEqual([
      expect.stringContaining("at,actor_kind"),
      expect.stringContaining(`,'=cmd()|' /C calc'!A0,`),
    ]);
    const json: unknown = JSON.parse(await auditor.activity.export({ team: "ours", format: "json" }));
    expect(json).toEqual([
      expect.objectContaining({ action: "activity.export", objectName: "csv", after: { events: 1 } }),
      expect.objectContaining({ action: "device.rename", objectName: object.name }),
    ]);
  });
});
