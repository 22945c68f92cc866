import { newId, policyVersion } from "@pinhole/drizzle/schema";
import {
  countRows,
  insertApiToken,
  insertDevice,
  insertEnrollmentToken,
  insertInvite,
  insertMembership,
  insertPathAttempt,
  insertPolicyVersion,
  insertUser,
} from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { type Capability, hasCapability, ROLES } from "@pinhole/protocol/team";
import { describe, expect, test } from "vitest";
import { newTestServer, type TestServer } from "../testing.ts";
import { appRouter } from "./index.ts";

type Who = Parameters<TestServer["as"]>[0];

/** What each procedure asks for. Every procedure has a line: a new one without fails the first test. */
const REQUIRED = {
  "activity.export": "activity.export",
  "activity.list": "team.view",
  "apiToken.create": "api-tokens.manage",
  "apiToken.list": "api-tokens.view",
  "apiToken.revoke": "api-tokens.manage",
  "connection.get": "team.view",
  "connection.list": "team.view",
  "connection.matrix": "team.view",
  "connection.retry": "connections.retry",
  "device.approve": "devices.manage",
  "device.get": "team.view",
  "device.list": "team.view",
  "device.metrics": "team.view",
  "device.rename": "devices.manage",
  "device.renew": "devices.manage",
  "device.replace": "devices.manage",
  "device.restore": "devices.manage",
  "device.revoke": "devices.manage",
  "invite.accept": "signed-in",
  "invite.create": "members.manage",
  "invite.list": "members.view",
  "invite.register": "anyone",
  "invite.renew": "members.manage",
  "invite.revoke": "members.manage",
  "invite.view": "anyone",
  "member.changeRole": "members.manage",
  "member.leave": "team.view",
  "member.list": "members.view",
  "member.remove": "members.manage",
  "member.transferOwnership": "owners.manage",
  "policy.confirm": "policy.edit",
  "policy.get": "team.view",
  "policy.probe": "connections.retry",
  "policy.revert": "policy.edit",
  "policy.review": "policy.edit",
  "policy.rollout": "team.view",
  "policy.save": "policy.edit",
  "policy.subjects": "team.view",
  "policy.version": "team.view",
  "policy.versions": "team.view",
  "relay.list": "team.view",
  "secondFactor.begin": "signed-in",
  "secondFactor.confirm": "signed-in",
  "secondFactor.renewCodes": "signed-in",
  "secondFactor.status": "signed-in",
  "secondFactor.turnOff": "signed-in",
  "session.list": "signed-in",
  "session.me": "signed-in",
  "session.revoke": "signed-in",
  "session.revokeOthers": "signed-in",
  "session.verify": "signed-in",
  "setup.complete": "anyone",
  "setup.status": "anyone",
  "team.configure": "team.configure",
  "team.events": "team.view",
  "team.get": "team.view",
  "token.create": "tokens.manage",
  "token.list": "tokens.view",
  "token.progress": "tokens.view",
  "token.revoke": "tokens.manage",
} as const satisfies Record<string, Capability | "signed-in" | "anyone">;

type Path = keyof typeof REQUIRED;
const PATHS = Object.keys(REQUIRED) as Path[];
const TEAM_PATHS = PATHS.filter((path) => REQUIRED[path].includes("."));
/** Those that name a row, which may be another team's. */
const ROW_PATHS = TEAM_PATHS.filter((path) =>
  /^(device\.(get|metrics|re)|connection\.(get|retry)|policy\.probe|token\.(progress|revoke)|apiToken\.revoke|invite\.re|member\.(change|remove|transfer))/.test(
    path,
  ),
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

  test.each(TEAM_PATHS.flatMap((path) => ROLES.map((role) => [path, role] as const)))(
    "%s is granted to or refused to %s as the table of capabilities says",
    async (path, role) => {
      const isHeld = hasCapability(role, REQUIRED[path] as Capability);
      expect(await codeOf(newTestServer(), role, path, "ours")).toBe(isHeld ? "OK" : "FORBIDDEN");
    },
  );

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
  const apiToken = insertApiToken(db, { teamId: ours.id, createdBy: insertUser(db).id });
  const invite = insertInvite(db, { teamId: ours.id });
  // A second owner, so that the first may go.
  const member = insertUser(db);
  insertMembership(db, { teamId: ours.id, userId: member.id, role: "member" });
  insertMembership(db, { teamId: ours.id, userId: insertUser(db).id, role: "owner" });
  if (countRows(db, policyVersion) === 0) insertPolicyVersion(db, { teamId: ours.id, document: DEFAULT_POLICY });
  // Whoever settles a version needs one that waits for it.
  const isSettling = path === "policy.confirm" || path === "policy.revert";
  if (isSettling && countRows(db, policyVersion) === 1) {
    const confirmBy = new Date(server.clock.now.getTime() + 60_000);
    insertPolicyVersion(db, { teamId: ours.id, version: 2, document: DEFAULT_POLICY, confirmBy });
  }
  insertPathAttempt(db, { teamId: ours.id, initiatorId: device.id, responderId: other.id });
  const input = {
    team,
    deviceId: path === "device.restore" ? revoked.id : device.id,
    name: "renamed",
    maySpray: false,
    a: device.id,
    b: other.id,
    tokenId: token.id,
    apiTokenId: apiToken.id,
    scopes: ["team.view"],
    expiresInMs: 3_600_000,
    replacedId: other.id,
    days: 30,
    sessionId: newId("ses"),
    inviteId: invite.id,
    userId: member.id,
    role: "auditor",
    secret: "x".repeat(43),
    document: DEFAULT_POLICY,
    format: "csv",
    base: 1,
    version: isSettling ? 2 : 1,
    from: device.id,
    to: other.id,
    port: 22,
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
