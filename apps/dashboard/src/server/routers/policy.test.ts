import { auditEvent, policyVersion } from "@pinhole/drizzle/schema";
import { countRows, insertDevice, insertEnrollmentToken, insertPolicyVersion } from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { newTestServer } from "../testing.ts";

const team = "ours";
const NOTHING = `{ "grants": [] }`;
const SSH = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["tcp:22"] }] } // only that`;

describe("policy.review", () => {
  test("says where a fault is and changes nothing", async () => {
    const server = newPolicyServer();
    const review = await server.as("network-admin").policy.review({ team, document: `{\n  "grants": [{}]\n}` });
    expect(review).toMatchObject({ kind: "fault", fault: { line: 2 } });
    expect(countRows(server.db, policyVersion)).toBe(1);
  });

  test("names who loses what, by name", async () => {
    const server = newPolicyServer();
    expect(await server.as("admin").policy.review({ team, document: SSH })).toMatchObject({
      kind: "change",
      change: { altered: 6, lost: 0, gained: 0 },
      needsConfirmation: false,
    });
    const review = await server.as("admin").policy.review({ team, document: NOTHING });
    expect(review).toMatchObject({ kind: "change", change: { lost: 6 }, needsConfirmation: true });
    const names = review.kind === "change" ? review.examples.map(({ from, to }) => `${from.name} ${to.name}`) : [];
    expect(names).toContain("laptop nas");
  });
});

describe("policy.save", () => {
  test("puts the next version in force as it was written, for agents and for the log", async () => {
    const server = newPolicyServer();
    const caller = server.as("network-admin");
    expect(await caller.policy.save({ team, document: SSH, message: "ssh alone", base: 1 })).toEqual({ version: 2 });
    expect(await caller.policy.get({ team })).toMatchObject({ version: 2, document: SSH, message: "ssh alone" });
    expect(server.events).toContainEqual({ teamId: server.team.id, kind: "revision", revision: 1 });
    expect(server.db.select().from(auditEvent).all()).toEqual([
      expect.objectContaining({
        action: "policy.save",
        before: { version: 1 },
        after: { version: 2, message: "ssh alone", pairsGained: 0, pairsLost: 0, pairsAltered: 6 },
      }),
    ]);
    expect((await caller.policy.versions({ team })).map(({ version }) => version)).toEqual([2, 1]);
    expect(await caller.policy.version({ team, version: 1 })).toMatchObject({ document: DEFAULT_POLICY });
  });

  test("of two who began on one version, the second is told and loses nothing", async () => {
    const server = newPolicyServer();
    await server.as("owner").policy.save({ team, document: SSH, base: 1 });
    await expect(server.as("admin").policy.save({ team, document: DEFAULT_POLICY, base: 1 })).rejects.toMatchObject({
      message: "policy-changed",
    });
    expect(countRows(server.db, policyVersion)).toBe(2);
  });

  test("what takes away more than half has to be confirmed by the team's slug", async () => {
    const server = newPolicyServer();
    const owner = server.as("owner");
    for (const confirmation of ["", "theirs"]) {
      await expect(owner.policy.save({ team, document: NOTHING, base: 1, confirmation })).rejects.toMatchObject({
        message: "policy-unconfirmed",
      });
    }
    await owner.policy.save({ team, document: NOTHING, base: 1, confirmation: "ours" });
    expect(await owner.policy.get({ team })).toMatchObject({ version: 2 });
  });

  test("what cuts off one's own device has to be confirmed, however few pairs it is", async () => {
    const server = newPolicyServer();
    const caller = server.as("owner");
    const me = (await caller.session.me()).user;
    const { id: enrolledWith } = insertEnrollmentToken(server.db, { teamId: server.team.id, createdBy: me.id });
    const mine = insertDevice(server.db, { teamId: server.team.id, name: "mine", enrolledWith });
    const document = `{ "grants": [
      { "src": ["100.64.0.0/10"], "dst": ["*"], "ip": ["*"] },
      { "src": ["*"], "dst": ["${mine.ipv4}"], "ip": ["*"] },
    ] }`;
    await server.as("admin").policy.save({ team, document, base: 1 });
    const without = document.replace("100.64.0.0/10", "100.64.0.0/32").replace("*", "*");
    expect(await caller.policy.review({ team, document: without })).toMatchObject({ needsConfirmation: true });
    expect(await caller.policy.review({ team, document: without })).toMatchObject({ ownLost: 3 });
    await expect(caller.policy.save({ team, document: without, base: 2 })).rejects.toMatchObject({
      message: "policy-unconfirmed",
    });
    await caller.policy.save({ team, document: without, base: 2, confirmation: "ours" });
  });

  test("a document that does not keep its own tests is not saved, and the review names their lines", async () => {
    const server = newPolicyServer();
    const document = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["tcp:22"] }],\n"tests": [{ "src": "*", "deny": ["*:22"] }] }`;
    await expect(server.as("owner").policy.save({ team, document, base: 1 })).rejects.toMatchObject({
      message: "policy-tests-failing",
    });
    expect(await server.as("owner").policy.review({ team, document })).toMatchObject({
      failures: [{ line: 2, message: "* can reach *:22 over tcp, by grant 1, and must not" }],
    });
    expect(countRows(server.db, policyVersion)).toBe(1);
  });

  test("what is likely not meant is said by line, and can be saved", async () => {
    const server = newPolicyServer();
    const document = `{ "groups": { "group:g": ["nobody@example.net"] },\n"grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }] }`;
    expect(await server.as("owner").policy.review({ team, document })).toMatchObject({
      warnings: [
        { line: 1, code: "unknown-user" },
        { line: 2, code: "too-wide" },
      ],
    });
    expect(await server.as("owner").policy.save({ team, document, base: 1 })).toEqual({ version: 2 });
  });

  test("a document with a fault is not saved, however it came here", async () => {
    const server = newPolicyServer();
    for (const document of ["", "{", `{ "grants": [{ "src": ["tag:nowhere"], "dst": ["*"], "ip": ["*"] }] }`]) {
      await expect(server.as("owner").policy.save({ team, document, base: 1 })).rejects.toMatchObject({
        message: "policy-faulty",
      });
    }
    await expect(
      server.as("owner").policy.save({ team, document: "x".repeat(300_000), base: 1 }),
    ).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(countRows(server.db, policyVersion)).toBe(1);
  });
});

function newPolicyServer() {
  const server = newTestServer();
  insertPolicyVersion(server.db, { teamId: server.team.id, document: DEFAULT_POLICY });
  for (const name of ["laptop", "nas", "vps"]) insertDevice(server.db, { teamId: server.team.id, name });
  return server;
}
