import { apiToken, auditEvent, membership } from "@pinhole/drizzle/schema";
import { insertDevice, insertEnrollmentToken, insertInvite, insertPolicyVersion } from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { type Capability, SCOPES } from "@pinhole/protocol/team";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { bearerOf } from "../api-tokens/token-text.ts";
import { setPassword } from "../auth/set-password.ts";
import { STEP_UP_MS } from "../auth/step-up.ts";
import { newContext } from "../context.ts";
import { askApi } from "../http/api-testing.ts";
import { buildOpenApi } from "../openapi/build-openapi.ts";
import { STABLE_API, type StableProcedure } from "../openapi/stable-api.ts";
import { NOW, newTestServer, type TestServer } from "../testing.ts";
import { appRouter, createCaller } from "./index.ts";

const team = "ours";
const HOUR_MS = 3_600_000;

describe("an API token", () => {
  test("is shown once and kept as a hash, with a line in the activity log", async () => {
    const { server, created } = await newToken(["team.view"]);
    expect(created.token).toMatch(/^pha_[\w-]{43}$/);
    const kept = JSON.stringify([
      server.db.select().from(apiToken).all(),
      server.db.select().from(auditEvent).all(),
      await server.as("auditor").apiToken.list({ team }),
    ]);
    expect(kept).not.toContain(created.token.slice(12));
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "api-token.create", objectName: "deploy", after: { scopes: ["team.view"] } },
    ]);
  });

  test("does what its scopes say and its maker's role allows, in its maker's name", async () => {
    const { server, use } = await newToken(["team.view", "tokens.manage"]);
    const caller = await use();
    expect((await caller.team.get({ team })).slug).toBe("ours");
    await caller.token.create({ team, name: "by a program" });
    await expect(caller.member.list({ team })).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: "scope-insufficient",
    });
    const logged = server.db.select().from(auditEvent).where(eq(auditEvent.action, "token.create")).get();
    expect(logged?.actorName).toMatch(/^User \d+ \(API token deploy\)$/);
  });

  test("loses with its maker's role what that no longer has, and all with their membership", async () => {
    const { server, use, maker } = await newToken(["team.view", "policy.edit"]);
    const caller = await use();
    server.contextOf("owner");
    server.db.update(membership).set({ role: "member" }).where(eq(membership.userId, maker)).run();
    await expect(caller.policy.review({ team, document: DEFAULT_POLICY })).rejects.toMatchObject({
      message: "role-insufficient",
    });
    await caller.team.get({ team });
    expect((await server.as("auditor").apiToken.list({ team }))[0]?.idleScopes).toEqual(["policy.edit"]);
    await server.as("owner").member.remove({ team, userId: maker });
    await expect(caller.team.get({ team })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("is of one team, though its maker is in another as well", async () => {
    const { server, use, maker } = await newToken(["team.view"]);
    server.db.insert(membership).values({ teamId: server.otherTeam.id, userId: maker, role: "owner" }).run();
    await expect((await use()).team.get({ team: "theirs" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("ends when it is revoked, when its time is over, and with a new password", async () => {
    for (const end of ["revoke", "time", "password"] as const) {
      const { server, use, created, maker } = await newToken(["team.view"]);
      const caller = await use();
      await caller.team.get({ team });
      if (end === "revoke") await server.as("admin").apiToken.revoke({ team, apiTokenId: created.id });
      if (end === "time") server.clock.now = new Date(NOW.getTime() + HOUR_MS);
      const author = { kind: "command-line", id: null, name: "root", address: null } as const;
      if (end === "password") setPassword(server.db, author, { userId: maker, passwordHash: "x" }, NOW);
      await expect(caller.team.get({ team })).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    }
  });

  test("says when and from where it was last used, once a minute", async () => {
    const { server, use } = await newToken(["team.view"]);
    const caller = await use();
    const used = () => server.db.select().from(apiToken).get();
    server.clock.now = new Date(NOW.getTime() + 1_000);
    await caller.team.get({ team });
    server.clock.now = new Date(NOW.getTime() + 60_000);
    await caller.team.get({ team });
    expect(used()).toMatchObject({ lastUsedAt: new Date(NOW.getTime() + 1_000), lastUsedFrom: "198.51.100.7" });
    server.clock.now = new Date(NOW.getTime() + 61_000);
    await caller.team.get({ team });
    expect(used()?.lastUsedAt).toEqual(server.clock.now);
  });

  test("is nobody's session: it makes no tokens, leaves no team and steps nothing up", async () => {
    const { server, use, created, maker } = await newToken(SCOPES);
    const caller = await use();
    const refused = [
      caller.session.me(),
      caller.session.list(),
      caller.secondFactor.begin(),
      caller.apiToken.list({ team }),
      caller.apiToken.create({ team, name: "more", scopes: ["team.view"], expiresInMs: HOUR_MS }),
      caller.apiToken.revoke({ team, apiTokenId: created.id }),
      caller.member.leave({ team }),
      caller.member.transferOwnership({ team, userId: maker }),
    ];
    for (const call of refused) await expect(call).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    // An owner's token is no owner.
    server.db.update(membership).set({ role: "owner" }).where(eq(membership.userId, maker)).run();
    const { id: userId } = server.contextOf("member").signedIn()!.user;
    for (const call of [
      () => caller.invite.create({ team, role: "owner" }),
      () => caller.member.changeRole({ team, userId, role: "owner" }),
      () => caller.member.remove({ team, userId }),
    ])
      await expect(call()).rejects.toMatchObject({ message: "step-up-needed" });
  });

  test("stands for itself alone, whatever cookie comes along", async () => {
    const { server } = await newToken(["team.view"]);
    for (const text of [`pha_${"x".repeat(43)}`, "pha_", "x".repeat(100)]) {
      const context = await contextWith(server, text);
      expect([context.signedIn(), context.apiToken()]).toEqual([null, null]);
    }
    // A proxy's own password in front of the dashboard is not ours to judge.
    expect(bearerOf("Basic dXNlcjpwYXNz")).toBeNull();
  });
});

describe("making one", () => {
  test("wants a recent proof, a role that has the scopes, and an end", async () => {
    const server = newTestServer();
    const admin = server.as("admin");
    const input = { team, name: "deploy", scopes: ["team.view"], expiresInMs: HOUR_MS } as const;
    const create = (changed: object) => admin.apiToken.create({ ...input, ...changed } as never);
    for (const changed of [
      { scopes: ["owners.manage"] },
      { scopes: ["api-tokens.manage"] },
      { scopes: [] },
      { expiresInMs: 400 * 24 * HOUR_MS },
      { expiresInMs: undefined },
    ])
      await expect(create(changed)).rejects.toMatchObject({ code: "BAD_REQUEST" });
    server.clock.now = new Date(NOW.getTime() + STEP_UP_MS);
    await expect(create({})).rejects.toMatchObject({ message: "step-up-needed" });
    await expect(server.as("auditor").apiToken.create({ ...input, scopes: ["team.view"] })).rejects.toMatchObject({
      message: "role-insufficient",
    });
  });

  test("is bounded", async () => {
    const server = newTestServer();
    const admin = server.as("admin");
    const create = () => admin.apiToken.create({ team, name: "x", scopes: ["team.view"], expiresInMs: HOUR_MS });
    for (let made = 0; made < 100; made++) await create();
    await expect(create()).rejects.toMatchObject({ message: "too-many-api-tokens" });
  });
});

describe("the description of the API", () => {
  const document = buildOpenApi(appRouter, "http://pinhole.test") as any;

  test("has each stable procedure, with a schema of every field of its input", () => {
    expect(Object.keys(document.paths)).toEqual(Object.keys(STABLE_API).map((path) => `/api/trpc/${path}`));
    const rename = document.paths["/api/trpc/device.rename"].post.requestBody.content["application/json"].schema;
    expect(rename.properties.json).toMatchObject({
      properties: {
        team: { type: "string" },
        deviceId: { type: "string", pattern: "^dev_[0-9a-f]{32}$" },
        name: { type: "string", maxLength: 63 },
      },
      required: ["team", "deviceId", "name"],
    });
    expect(JSON.stringify(document)).not.toMatch(/"properties":\{[^}]*"\w+":\{\}/);
  });

  // By the requests that it describes, with a token that has the one scope that it names.
  test.each(Object.entries<StableProcedure>(STABLE_API))("is true of %s", async (path, { scope, output }) => {
    const { server, contextOf } = await newToken([scope]);
    const { db, team: ours } = server;
    const device = insertDevice(db, { teamId: ours.id });
    const revoked = insertDevice(db, { teamId: ours.id, revokedAt: NOW });
    insertPolicyVersion(db, { teamId: ours.id, document: DEFAULT_POLICY });
    const input = {
      team,
      deviceId: path === "device.restore" ? revoked.id : device.id,
      name: "renamed",
      tokenId: insertEnrollmentToken(db, { teamId: ours.id }).id,
      inviteId: insertInvite(db, { teamId: ours.id }).id,
      role: "member",
      document: DEFAULT_POLICY,
      base: 1,
      format: "json",
    };
    const type = "get" in document.paths[`/api/trpc/${path}`] ? "query" : "mutation";
    const { status, text } = await askApi(await contextOf(), { path, input, type });
    expect([status, text]).toEqual([200, text]);
    const answer = z.object({ result: z.object({ data: z.object({ json: output }) }) }).safeParse(JSON.parse(text));
    expect(answer.error?.issues ?? []).toEqual([]);
  });
});

async function newToken(scopes: readonly Capability[]) {
  const server = newTestServer();
  const context = server.contextOf("admin");
  const created = await createCaller(context).apiToken.create({
    team,
    name: "deploy",
    scopes: [...scopes],
    expiresInMs: HOUR_MS,
  });
  const contextOf = () => contextWith(server, created.token);
  const maker = context.signedIn()!.user.id;
  return { server, created, maker, contextOf, use: async () => createCaller(await contextOf()) };
}

/** As a request with that token makes it. */
function contextWith(server: TestServer, token: string) {
  const dashboard = server.contextOf("owner");
  return newContext(
    { cookie: null, authorization: `Bearer ${token}`, address: "198.51.100.7", origin: "http://pinhole.test" },
    dashboard,
  );
}
