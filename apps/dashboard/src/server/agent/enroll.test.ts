// Enrolling as a device does it: over the channel, with a token and a key of its own.
import {
  auditEvent,
  device as deviceTable,
  enrollmentToken,
  revision,
  team as teamTable,
} from "@pinhole/drizzle/schema";
import { countRows, insertEnrollmentToken } from "@pinhole/drizzle/testing";
import { createHash, randomBytes } from "node:crypto";
import { formatEnrollmentToken, prefixOf, toBase64Url } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newTeam, type TestAgent, TestServer } from "./testing.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("enrolling", () => {
  test.each([
    ["the network", [], "127.0.0.1"],
    ["a proxy that is vouched for", [prefixOf("127.0.0.1", 32)], "198.51.100.1"],
  ])("is logged with the address that %s says", async (_, proxies, address) => {
    server.env.proxies = proxies;
    const agent = server.agentFor(null);
    agent.headers = { "x-forwarded-for": "8.8.8.8, 198.51.100.1" };
    await enroll(agent, newToken().text);
    expect(server.db.select().from(auditEvent).get()).toMatchObject({ action: "device.enroll", address });
  });

  test("makes a device with a name, addresses, the token's tags, a revision and a line in the log", async () => {
    const token = newToken({ tags: ["tag:web"], ephemeral: true });
    const agent = server.agentFor(null);
    const output = await enroll(agent, token.text, { name: "Ann's MacBook.local" });
    expect(output).toMatchObject({ name: "anns-macbook", team: { id: server.team.id, slug: server.team.slug } });
    const [prefix] = server.team.ipv4Range.split(".0/");
    expect(output.addresses).toEqual([`${prefix}.2`, server.team.ipv6Range.replace("::/48", "::2")]);

    const row = server.db.select().from(deviceTable).get();
    expect(row).toMatchObject({
      id: output.deviceId,
      identityKey: agent.identity.publicKey,
      tags: ["tag:web"],
      ephemeral: true,
      hostname: "mac",
    });
    expect(server.db.select().from(revision).get()).toMatchObject({ kind: "device", deviceId: output.deviceId });
    expect(server.db.select().from(auditEvent).get()).toMatchObject({
      action: "device.enroll",
      actorKind: "device",
      address: "127.0.0.1",
    });
    expect(server.db.select().from(enrollmentToken).get()).toMatchObject({ uses: 1 });
    expect(server.published.map(({ kind }) => kind)).toEqual(["revision", "enrolled", "token"]);

    const session = server.agentFor(row!, agent.identity);
    session.follow();
    await expect.poll(() => session.of("netmap")).toHaveLength(1);
  });

  test("gives names and addresses that nobody has, and lets a revoked device's name be had again", async () => {
    const token = newToken({ maxUses: 10 });
    const names = ["laptop", "laptop", "Laptop!", "-", "x".repeat(63), "x".repeat(63)];
    const made = [];
    for (const name of names) made.push(await enroll(server.agentFor(null), token.text, { name }));
    expect(made.map(({ name }) => name)).toEqual([
      "laptop",
      "laptop-1",
      "laptop-2",
      "device",
      "x".repeat(63),
      `${"x".repeat(61)}-1`,
    ]);
    expect(new Set(made.flatMap(({ addresses }) => addresses)).size).toBe(12);

    server.db.update(deviceTable).set({ revokedAt: new Date() }).where(eq(deviceTable.id, made[0]!.deviceId)).run();
    const next = await enroll(server.agentFor(null), token.text, { name: "laptop" });
    expect(next.name).toBe("laptop");
    expect(next.addresses).not.toEqual(made[0]!.addresses);
  });

  test("in a careful team waits to be let in, unless the token says that nobody has to; its key is good for a while", async () => {
    server.db.update(teamTable).set({ needsApproval: true, keyLifetimeDays: 90 }).run();
    const [plain, trusted] = [newToken(), newToken({ isPreApproved: true })];
    const waiting = await enroll(server.agentFor(null), plain.text);
    const admitted = await enroll(server.agentFor(null), trusted.text);
    const rowOf = (id: typeof waiting.deviceId) =>
      server.db.select().from(deviceTable).where(eq(deviceTable.id, id)).get();
    expect(rowOf(waiting.deviceId)).toMatchObject({ awaitsApproval: true, keyExpiresAt: expect.any(Date) });
    expect(rowOf(admitted.deviceId)).toMatchObject({ awaitsApproval: false });
    const days = (rowOf(admitted.deviceId)!.keyExpiresAt!.getTime() - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    expect(server.db.select().from(auditEvent).all()[0]).toMatchObject({ after: { awaitsApproval: true } });
  });

  // A token that admits one more than it says is a door that nobody watches.
  test("with 200 connections at once on a token for one use makes exactly one device", async () => {
    const token = newToken();
    const agents = Array.from({ length: 200 }, () => server.agentFor(null));
    const outcomes = await Promise.allSettled(agents.map((agent) => enroll(agent, token.text)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason.message)] : [],
    );
    expect(new Set(refusals)).toEqual(new Set(["token-used-up"]));
    expect(countRows(server.db, deviceTable)).toBe(1);
    expect(server.db.select().from(enrollmentToken).get()).toMatchObject({ uses: 1 });
  }, 30_000);

  test("again, because the answer was lost, gives the same answer and uses nothing up", async () => {
    const token = newToken();
    const agent = server.agentFor(null);
    const nodeKey = toBase64Url(randomBytes(32));
    const one = await enroll(agent, token.text, { nodeKey });
    expect(await enroll(agent, token.text, { nodeKey })).toEqual(one);
    expect(countRows(server.db, deviceTable)).toBe(1);
    expect(server.db.select().from(enrollmentToken).get()).toMatchObject({ uses: 1 });
  });
});

describe("enrolling is refused", () => {
  test.each([
    ["token-expired", { expiresAt: new Date(Date.now() - 1) }],
    ["token-revoked", { revokedAt: new Date() }],
    ["token-used-up", { uses: 1 }],
  ])("with %s", async (message, fields) => {
    await expect(enroll(server.agentFor(null), newToken(fields).text)).rejects.toThrow(message);
    expect(countRows(server.db, deviceTable)).toBe(0);
    expect(countRows(server.db, auditEvent)).toBe(0);
  });

  // Whoever guesses must not learn that half of the guess is right.
  test("for a wrong secret exactly as for an unknown token, whatever state the token is in", async () => {
    const dead = newToken({ revokedAt: new Date(), uses: 1, expiresAt: new Date(0) });
    const live = newToken();
    const unknown = format(randomBytes(6), randomBytes(20));
    const refusals = [];
    for (const text of [
      format(dead.id, randomBytes(20)),
      format(live.id, randomBytes(20)),
      unknown,
      "phk_nonsense",
      "",
    ]) {
      refusals.push(await enroll(server.agentFor(null), text).catch((error: unknown) => JSON.stringify(error)));
    }
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toContain("token-invalid");
    expect(server.db.select().from(enrollmentToken).where(eq(enrollmentToken.lookup, live.lookup)).get()).toMatchObject(
      { uses: 0 },
    );
  });

  test("for a key that is enrolled already, even with a good token, and also when it was revoked", async () => {
    const agent = server.agentFor(null);
    const nodeKey = toBase64Url(randomBytes(32));
    await enroll(agent, newToken().text, { nodeKey });
    await expect(enroll(agent, newToken().text, { nodeKey })).rejects.toThrow("key-already-enrolled");
    await expect(enroll(server.agentFor(null), newToken().text, { nodeKey })).rejects.toThrow("key-already-enrolled");
    server.db.update(deviceTable).set({ revokedAt: new Date() }).run();
    await expect(enroll(agent, newToken().text)).rejects.toThrow("key-already-enrolled");
    expect(
      server.db
        .select({ uses: enrollmentToken.uses })
        .from(enrollmentToken)
        .all()
        .map(({ uses }) => uses),
    ).toEqual([1, 0, 0, 0]);
  });

  test("for a signature that is of another session, for another purpose, or by another key", async () => {
    const token = newToken().text;
    const [replayed, mistaken, impostor] = [server.agentFor(null), server.agentFor(null), server.agentFor(null)];
    replayed.signedHash = new Uint8Array(32).fill(7);
    await expect(enroll(replayed, token)).rejects.toThrow("bad-signature");
    await expect(enroll(mistaken, token, {}, "session")).rejects.toThrow("bad-signature");
    await expect(enroll(impostor, token, { identityKey: server.agentFor(null).identity.publicKey })).rejects.toThrow(
      "bad-signature",
    );
    expect(server.db.select().from(enrollmentToken).get()).toMatchObject({ uses: 0 });
  });

  test("in a full team", async () => {
    const small = newTeam(server.db);
    server.db.$client.exec(`update team set ipv4_range = '100.99.16.0/29' where id = '${small.id}'`);
    const token = newToken({ teamId: small.id, maxUses: 10 });
    // .2 to .6: the others look like a network, a router and a broadcast address.
    for (let i = 0; i < 5; i++) await enroll(server.agentFor(null), token.text);
    await expect(enroll(server.agentFor(null), token.text)).rejects.toThrow("team-full");
    expect(server.db.select().from(enrollmentToken).get()).toMatchObject({ uses: 5 });
  });

  test("from the thirty-third try of a connection on, whatever the token", async () => {
    const agent = server.agentFor(null);
    const client = agent.connect();
    const dead = newToken({ uses: 1 }).text;
    const tries = Array.from({ length: 32 }, () => call(client, agent, dead).catch(({ message }: Error) => message));
    expect(new Set(await Promise.all(tries))).toEqual(new Set(["token-used-up"]));
    await expect(call(client, agent, newToken().text)).rejects.toThrow("too-many-requests");
    await expect(enroll(agent, newToken().text)).resolves.toMatchObject({ name: "test" });
  });

  test("to whoever goes on guessing, and only to that address's guesses", async () => {
    server.frozenAt = Date.now();
    const agent = server.agentFor(null);
    const client = agent.connect();
    const guess = () =>
      call(client, agent, format(randomBytes(6), randomBytes(20))).catch(({ message }: Error) => message);
    const refusals = await Promise.all(Array.from({ length: 30 }, guess));
    expect(refusals.filter((message) => message === "too-many-requests").length).toBe(10);
    await expect(enroll(server.agentFor(null), newToken().text)).resolves.toMatchObject({ name: "test" });
  });
});

type Fields = { name?: string; nodeKey?: string; identityKey?: string };

function enroll(agent: TestAgent, token: string, fields: Fields = {}, purpose: "enroll" | "session" = "enroll") {
  return call(agent.connect(), agent, token, fields, purpose);
}

async function call(
  client: ReturnType<TestAgent["connect"]>,
  agent: TestAgent,
  token: string,
  fields: Fields = {},
  purpose: "enroll" | "session" = "enroll",
) {
  // The handshake's hash is known when the channel is: any answer will do.
  await client.time.query().catch(() => {});
  return client.enroll.mutate({
    token,
    name: "test",
    identityKey: agent.identity.publicKey,
    nodeKey: toBase64Url(randomBytes(32)),
    signature: agent.sign(purpose),
    host: { os: "macos", arch: "arm64", hostname: "mac", agentVersion: "0.1.0" },
    ...fields,
  });
}

function newToken(fields: Partial<typeof enrollmentToken.$inferInsert> = {}) {
  const [id, secret] = [randomBytes(6), randomBytes(20)];
  const lookup = id.toString("hex");
  const secretHash = createHash("sha256").update(secret).digest("hex");
  insertEnrollmentToken(server.db, { teamId: server.team.id, lookup, secretHash, ...fields });
  return { id, lookup, text: format(id, secret) };
}

function format(id: Uint8Array, secret: Uint8Array): string {
  return formatEnrollmentToken({ id, secret, fingerprint: server.keys.fingerprint });
}
