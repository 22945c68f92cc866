import { newId } from "@pinhole/drizzle/schema";
import { insertDevice, insertEnrollmentToken, insertPathAttempt } from "@pinhole/drizzle/testing";
import { describe, expect, test } from "vitest";
import { newTestServer, type TestServer } from "../testing.ts";
import { appRouter } from "./index.ts";

type Who = Parameters<TestServer["as"]>[0];

/** Who may, at the least. Every procedure has a line: a new one without fails the first test. */
const REQUIRED = {
  "activity.list": "member",
  "connection.get": "member",
  "connection.list": "member",
  "connection.matrix": "member",
  "connection.retry": "admin",
  "device.get": "member",
  "device.list": "member",
  "device.metrics": "member",
  "device.rename": "admin",
  "device.restore": "admin",
  "device.revoke": "admin",
  "policy.get": "member",
  "session.list": "signed-in",
  "session.me": "signed-in",
  "session.revoke": "signed-in",
  "setup.complete": "anyone",
  "setup.status": "anyone",
  "team.configure": "admin",
  "team.events": "member",
  "team.get": "member",
  "token.create": "admin",
  "token.list": "admin",
  "token.progress": "admin",
  "token.revoke": "admin",
} as const;

type Path = keyof typeof REQUIRED;
const PATHS = Object.keys(REQUIRED) as Path[];
const TEAM_PATHS = PATHS.filter((path) => ["member", "admin"].includes(REQUIRED[path]));
/** Those that name a row, which may be another team's. */
const ROW_PATHS = TEAM_PATHS.filter((path) =>
  /^(device\.(get|metrics|re)|connection\.(get|retry)|token\.(progress|revoke))/.test(path),
);

describe("authorization", () => {
  test("is stated for every procedure", () => {
    expect(Object.keys(appRouter._def.procedures).toSorted()).toEqual(PATHS.toSorted());
  });

  test.each(PATHS.filter((path) => REQUIRED[path] !== "anyone"))(
    "%s is refused to who is not signed in",
    async (path) => {
      expect(await codeOf(newTestServer(), "nobody", path, "ours")).toBe("UNAUTHORIZED");
    },
  );

  test.each(TEAM_PATHS.filter((path) => REQUIRED[path] === "admin"))("%s is refused to a member", async (path) => {
    expect(await codeOf(newTestServer(), "member", path, "ours")).toBe("FORBIDDEN");
  });

  test.each(TEAM_PATHS)("%s is granted to the role that it asks for", async (path) => {
    const required = REQUIRED[path];
    expect(await codeOf(newTestServer(), required === "admin" ? "admin" : "member", path, "ours")).toBe("OK");
  });

  test.each(TEAM_PATHS)("%s cannot tell a team that one is not in from one that does not exist", async (path) => {
    const server = newTestServer();
    expect(await codeOf(server, "stranger", path, "ours")).toBe("NOT_FOUND");
    expect(await codeOf(server, "stranger", path, "nowhere")).toBe("NOT_FOUND");
  });

  // The team in the path is one's own, the row another team's: the mistake that has let strangers in elsewhere.
  test.each(ROW_PATHS)("%s finds no row of another team", async (path) => {
    expect(await codeOf(newTestServer(), "stranger", path, "theirs")).toBe("NOT_FOUND");
  });
});

/** Calls with rows of `ours`. */
async function codeOf(server: TestServer, who: Who, path: Path, team: string): Promise<string> {
  const { db, team: ours } = server;
  const [device, other] = [insertDevice(db, { teamId: ours.id }), insertDevice(db, { teamId: ours.id })];
  const revoked = insertDevice(db, { teamId: ours.id, revokedAt: server.clock.now });
  const token = insertEnrollmentToken(db, { teamId: ours.id });
  insertPathAttempt(db, { teamId: ours.id, initiatorId: device.id, responderId: other.id });
  const input = {
    team,
    deviceId: path === "device.restore" ? revoked.id : device.id,
    name: "renamed",
    maySpray: false,
    a: device.id,
    b: other.id,
    tokenId: token.id,
    sessionId: newId("ses"),
  };
  const [noun, verb] = path.split(".") as [string, string];
  const caller = server.as(who) as any;
  try {
    await caller[noun][verb](input);
    return "OK";
  } catch (error) {
    return (error as { code: string }).code;
  }
}
