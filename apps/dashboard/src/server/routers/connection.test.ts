import { auditEvent } from "@pinhole/drizzle/schema";
import { insertDevice, insertPairPath, insertPathAttempt } from "@pinhole/drizzle/testing";
import { err } from "@pinhole/protocol";
import type { AttemptTrace, NatProfile } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { NOW, newTestServer } from "../testing.ts";

describe("connection.list", () => {
  test("has one line for a pair, whoever reported and whoever tried", async () => {
    const { server, a, b, reportPath } = newPairServer();
    const c = insertDevice(server.db, { teamId: server.team.id, name: "c" });
    reportPath(a.id, b.id, "direct");
    reportPath(b.id, a.id, "direct");
    insertPathAttempt(server.db, { teamId: server.team.id, initiatorId: b.id, responderId: a.id, startAt: NOW });
    insertPathAttempt(server.db, {
      teamId: server.team.id,
      initiatorId: c.id,
      responderId: a.id,
      startAt: NOW,
      outcome: "no-path",
    });
    const { connections } = await server.as("auditor").connection.list({ team: "ours" });
    expect(connections).toHaveLength(2);
    expect(connections.find(({ id }) => id === `${a.id}..${b.id}`)).toMatchObject({
      a: { name: "a" },
      b: { name: "b" },
      state: { kind: "direct" },
    });
    expect(connections.find(({ id }) => id.includes(c.id))).toMatchObject({
      state: { kind: "offline" },
      lastAttempt: { outcome: "no-path" },
    });
  });

  test("forgets pairs of a device that was revoked", async () => {
    const { server, a, reportPath } = newPairServer();
    const gone = insertDevice(server.db, { teamId: server.team.id, revokedAt: NOW });
    reportPath(a.id, gone.id, "direct");
    expect((await server.as("auditor").connection.list({ team: "ours" })).connections).toEqual([]);
  });

  test("takes the newest attempt of a pair in either direction", async () => {
    const { server, a, b } = newPairServer();
    const attempt = (ms: number, fields: object) =>
      insertPathAttempt(server.db, {
        teamId: server.team.id,
        initiatorId: a.id,
        responderId: b.id,
        startAt: new Date(NOW.getTime() + ms),
        ...fields,
      });
    attempt(-2_000, { outcome: "no-path" });
    attempt(-1_000, { initiatorId: b.id, responderId: a.id, outcome: "direct" });
    attempt(-3_000, { outcome: "cancelled" });
    const { connections } = await server.as("auditor").connection.list({ team: "ours" });
    expect(connections[0]).toMatchObject({ lastAttempt: { outcome: "direct" }, isTrying: false });
  });
});

describe("connection.matrix", () => {
  test("holds the team's kinds of NAT against each other, and what became of their pairs", async () => {
    const { server, reportPath } = newPairServer();
    const hard: NatProfile = {
      udp: "ok",
      mapping: "address-and-port-dependent",
      filtering: "address-and-port-dependent",
      publicEndpoints: [],
      confidence: 1,
      measuredAt: 0,
    };
    const [c, d] = ["c", "d"].map((name) =>
      insertDevice(server.db, { teamId: server.team.id, name, natProfile: hard }),
    );
    if (c === undefined || d === undefined) throw new Error("two devices were to be made");
    for (const { id } of [c, d]) server.hub.online.set(id, NOW);
    reportPath(c.id, d.id, "direct");
    const matrix = await server.as("auditor").connection.matrix({ team: "ours" });
    expect(matrix.kinds).toEqual([
      { kind: "drawing", devices: 2 },
      { kind: "unmeasured", devices: 2 },
    ]);
    // Two that draw ports are not expected to meet, and these did.
    expect(matrix.cells[0]?.[0]).toMatchObject({ direct: 1, pairs: 1, isSurprising: true });
    expect(matrix.cells[0]?.[1]).toEqual(matrix.cells[1]?.[0]);
  });

  test("is empty for a team without devices", async () => {
    const server = newTestServer();
    expect(await server.as("auditor").connection.matrix({ team: "ours" })).toEqual({ kinds: [], cells: [] });
  });
});

describe("connection.get", () => {
  test("is the same pair from either side", async () => {
    const { server, a, b, reportPath } = newPairServer();
    reportPath(b.id, a.id, "relay");
    const auditor = server.as("auditor");
    const one = await auditor.connection.get({ team: "ours", a: a.id, b: b.id });
    expect(await auditor.connection.get({ team: "ours", a: b.id, b: a.id })).toEqual(one);
    expect(one).toMatchObject({
      a: { id: a.id },
      sides: { a: { report: null }, b: { report: { path: { kind: "relay" } } } },
    });
    expect(one.verdict.sentence).toBe(
      "a reaches b through relay fra, 48 ms. Why there is no direct path is not known.",
    );
  });

  test("merges both traces in the order of the server's clock", async () => {
    const { server, a, b } = newPairServer();
    const trace = (peerId: typeof a.id, events: AttemptTrace["events"]): AttemptTrace => ({
      attemptId: "att_0",
      peerId,
      outcome: "direct",
      candidates: [],
      natProfile: null,
      clockUncertaintyMs: 4,
      events,
    });
    // The initiator is the pair's `b`: its trace must not end up under `a`.
    insertPathAttempt(server.db, {
      teamId: server.team.id,
      initiatorId: b.id,
      responderId: a.id,
      startAt: NOW,
      initiatorTrace: trace(a.id, [
        { atMs: 0, kind: "started" },
        { atMs: 30, kind: "path-verified" },
      ]),
      responderTrace: trace(b.id, [
        { atMs: -5, kind: "plan-received" },
        { atMs: 20, kind: "probe-received" },
      ]),
    });
    const { attempt } = await server.as("auditor").connection.get({ team: "ours", a: a.id, b: b.id });
    expect(attempt?.initiator).toBe("b");
    expect(attempt?.events.map(({ side, kind, atMs }) => `${atMs} ${side} ${kind}`)).toEqual([
      "-5 a plan-received",
      "0 b started",
      "20 a probe-received",
      "30 b path-verified",
    ]);
  });

  test("shows no attempt of another pair under this one", async () => {
    const { server, a, b } = newPairServer();
    const c = insertDevice(server.db, { teamId: server.team.id });
    const { id: attemptId } = insertPathAttempt(server.db, {
      teamId: server.team.id,
      initiatorId: a.id,
      responderId: c.id,
    });
    await expect(
      server.as("auditor").connection.get({ team: "ours", a: a.id, b: b.id, attemptId }),
    ).rejects.toMatchObject({ message: "attempt-not-found" });
  });

  test("says that both are trying while an attempt runs", async () => {
    const { server, a, b } = newPairServer();
    insertPathAttempt(server.db, {
      teamId: server.team.id,
      initiatorId: a.id,
      responderId: b.id,
      startAt: new Date(NOW.getTime() - 14_999),
    });
    const auditor = server.as("auditor");
    expect((await auditor.connection.get({ team: "ours", a: a.id, b: b.id })).isTrying).toBe(true);
    server.clock.now = new Date(NOW.getTime() + 1);
    expect((await auditor.connection.get({ team: "ours", a: a.id, b: b.id })).isTrying).toBe(false);
  });
});

describe("connection.retry", () => {
  test("asks both devices for an attempt and leaves a line in the log", async () => {
    const { server, a, b } = newPairServer();
    expect(await server.as("admin").connection.retry({ team: "ours", a: a.id, b: b.id })).toEqual({
      attemptId: "att_00000000000000000000000000000001",
    });
    expect(server.hub.punches).toEqual([{ initiatorId: a.id, peerId: b.id }]);
    expect(server.db.select().from(auditEvent).all()).toMatchObject([
      { action: "connection.retry", objectName: "a and b" },
    ]);
  });

  test.each([
    ["peer-offline", "device-offline"],
    ["peer-not-found", "policy-denied"],
    ["no-candidates", "no-candidates"],
    ["too-many-requests", "retry-too-soon"],
  ] as const)("turns the hub's %s into %s, and logs nothing", async (refusal, message) => {
    const { server, a, b } = newPairServer();
    server.hub.punchAnswer = err(refusal);
    await expect(server.as("admin").connection.retry({ team: "ours", a: a.id, b: b.id })).rejects.toMatchObject({
      message,
    });
    expect(server.db.select().from(auditEvent).all()).toEqual([]);
  });
});

/** Two devices, online, `a` before `b` in the order of their ids. */
function newPairServer() {
  const server = newTestServer();
  const { db, team, hub } = server;
  const a = insertDevice(db, { teamId: team.id, id: `dev_${"a".repeat(32)}`, name: "a" });
  const b = insertDevice(db, { teamId: team.id, id: `dev_${"b".repeat(32)}`, name: "b" });
  for (const { id } of [a, b]) hub.online.set(id, NOW);
  const reportPath = (deviceId: typeof a.id, peerId: typeof a.id, kind: "direct" | "relay") =>
    insertPairPath(db, {
      teamId: team.id,
      deviceId,
      peerId,
      path: { kind, rttMs: 48.4, since: 0, ...(kind === "relay" ? { relay: "fra" } : {}) },
    });
  return { server, a, b, reportPath };
}
