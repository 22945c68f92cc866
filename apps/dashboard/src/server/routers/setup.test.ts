import { auditEvent, membership, policyVersion, setting, team, user } from "@pinhole/drizzle/schema";
import { insertUser, openTestDb } from "@pinhole/drizzle/testing";
import { parsePolicy } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { verifyPassword } from "../auth/password.ts";
import { Bus } from "../bus.ts";
import { loadServerKeys } from "../keys.ts";
import { needsSetup, renewSetupCode } from "../setup/setup-code.ts";
import { FakeHub, NOW } from "../testing.ts";
import { Challenges } from "../passkeys/challenges.ts";
import { newThrottles } from "../throttles.ts";
import { createCaller } from "./index.ts";

const OWNER = { email: "Ana@Example.test", name: "Ana", password: "correct horse", teamName: "Acme & Sons" };

describe("setup.complete", () => {
  test("makes the owner, the team, its policy and a line in the log", async () => {
    const { db, caller, code } = newServer();
    expect(await caller.setup.complete({ ...OWNER, code })).toEqual({
      team: { slug: "acme-sons", name: "Acme & Sons" },
    });
    const [owner] = db.select().from(user).all();
    expect(owner).toMatchObject({ email: "ana@example.test", name: "Ana" });
    expect(await verifyPassword(OWNER.password, owner!.passwordHash)).toBe(true);
    expect(db.select().from(membership).all()).toMatchObject([{ userId: owner!.id, role: "owner" }]);
    const [policy] = db.select().from(policyVersion).all();
    expect(policy).toMatchObject({ version: 1, author: owner!.id });
    expect(parsePolicy(policy!.document).ok).toBe(true);
    expect(db.select().from(auditEvent).all()).toMatchObject([
      { action: "team.create", actorName: "Ana", address: "192.0.2.1" },
    ]);
    expect(db.select().from(team).all()).toMatchObject([
      { ipv4Range: expect.stringMatching(/^100\..*\/20$/), ipv6Range: expect.stringMatching(/^fd.*\/48$/) },
    ]);
    expect(await caller.setup.status()).toEqual({ needed: false });
  });

  test.each([
    ["in small letters", (code: string) => code.toLowerCase()],
    ["without its dashes", (code: string) => code.replaceAll("-", "")],
    ["with spaces around", (code: string) => `  ${code} `],
  ])("takes the code %s", async (_, typed) => {
    const { caller, code } = newServer();
    await expect(caller.setup.complete({ ...OWNER, code: typed(code) })).resolves.toBeDefined();
  });

  // Whoever finds the address of a fresh server must not be able to guess their way in.
  test("stops listening to guesses, the right one among them, until time has passed", async () => {
    const { caller, code, clock } = newServer();
    const messages: string[] = [];
    for (let guess = 0; guess < 1_000; guess++) {
      await caller.setup
        .complete({ ...OWNER, code: `GUESS-${guess}` })
        .catch((error: Error) => messages.push(error.message));
    }
    expect(messages.filter((message) => message === "setup-code-wrong")).toHaveLength(10);
    expect(messages.filter((message) => message === "too-many-tries")).toHaveLength(990);
    await expect(caller.setup.complete({ ...OWNER, code })).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    clock.now = new Date(NOW.getTime() + 6_000);
    await expect(caller.setup.complete({ ...OWNER, code })).resolves.toBeDefined();
  });

  test("works once", async () => {
    const { caller, code } = newServer();
    await caller.setup.complete({ ...OWNER, code });
    await expect(caller.setup.complete({ ...OWNER, email: "eve@example.test", code })).rejects.toMatchObject({
      message: "setup-already-done",
    });
  });

  test("makes one owner of two that try at once", async () => {
    const { db, caller, code } = newServer();
    const tries = await Promise.allSettled(
      ["a@x.test", "b@x.test"].map((email) => caller.setup.complete({ ...OWNER, email, code })),
    );
    expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(db.select().from(user).all()).toHaveLength(1);
  });

  test.each([
    ["a short password", { password: "123456789" }],
    ["a password without end", { password: "x".repeat(257) }],
    ["two addresses in one", { email: "a@x.test,b@x.test" }],
    ["no address", { email: "ana" }],
    ["a team of nothing", { teamName: "  " }],
    ["a name that runs backwards", { name: "\u202eanA" }],
  ])("refuses %s", async (_, fields) => {
    const { db, caller, code } = newServer();
    await expect(caller.setup.complete({ ...OWNER, code, ...fields })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(needsSetup(db)).toBe(true);
  });
});

describe("the set-up code", () => {
  test("ends the one before it", async () => {
    const { db, caller, code } = newServer();
    renewSetupCode(db);
    await expect(caller.setup.complete({ ...OWNER, code })).rejects.toMatchObject({ message: "setup-code-wrong" });
  });

  test("is not in the database", () => {
    const { db, code } = newServer();
    const kept = JSON.stringify(db.select().from(setting).all());
    expect(kept).not.toContain(code);
    expect(kept).not.toContain(code.replaceAll("-", ""));
  });

  test("is of no use without a code having been made", async () => {
    const { caller } = newServer({ withCode: false });
    await expect(caller.setup.complete({ ...OWNER, code: "" })).rejects.toMatchObject({ message: "setup-code-wrong" });
  });

  test("is of no use once there is an account", async () => {
    const { db, caller, code } = newServer();
    insertUser(db);
    await expect(caller.setup.complete({ ...OWNER, code })).rejects.toMatchObject({ code: "CONFLICT" });
  });
});

/** A server without an owner. */
function newServer({ withCode = true } = {}) {
  const db = openTestDb();
  const clock = { now: NOW };
  const caller = createCaller({
    db,
    bus: new Bus(),
    hub: new FakeHub(db),
    keys: loadServerKeys(db),
    sealingKey: new Uint8Array(32),
    env: {
      host: undefined,
      port: 0,
      dataDirectory: "",
      url: undefined,
      proxies: [],
      stunAddresses: [],
      stunPort: 0,
      relays: [],
      relayStun: [],
      mail: undefined,
      oidc: undefined,
    },
    now: () => clock.now,
    challenges: new Challenges(),
    throttles: newThrottles(),
    mailer: null,
    signedIn: () => null,
    apiToken: () => null,
    browser: null,
    subscriptions: { open: 0 },
    address: "192.0.2.1",
    origin: "http://pinhole.test",
  });
  return { db, caller, clock, code: withCode ? renewSetupCode(db) : "" };
}
