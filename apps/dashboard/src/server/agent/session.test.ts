// Real agents on real connections: the secure channel, tRPC inside it, the database below.
import { device as deviceTable, policyVersion } from "@pinhole/drizzle/schema";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { fromBase64Url, toBase64Url } from "@pinhole/protocol";
import { decodeTicket } from "@pinhole/protocol/relay";
import { and, eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { has, newIdentity, newReport, newTrace, PROFILE, type TestAgent, TestServer } from "./testing.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("a session", () => {
  test("hears the netmap, then who is online, then gets a ticket", async () => {
    const [a, b] = [server.newAgent({ name: "laptop" }), server.newAgent({ name: "phone" })];
    b.follow();
    await has(b, "relay-ticket");
    a.follow();
    await has(a, "relay-ticket");

    expect(a.events.map(({ kind }) => kind)).toEqual(["netmap", "presence", "relay-ticket"]);
    const { netmap } = a.of("netmap")[0]!;
    expect(netmap).toMatchObject({
      self: { id: a.id, name: "laptop", ranges: [server.team.ipv4Range, server.team.ipv6Range] },
      peers: [{ id: b.id, name: "phone", online: true }],
      relays: [{ name: "main", url: "" }],
      stun: [":3478"],
    });
    expect(netmap.filter).toHaveLength(1);
    expect(a.of("presence")[0]).toEqual({ kind: "presence", all: true, online: [b.id], offline: [] });
    const ticket = decodeTicket(fromBase64Url(a.of("relay-ticket")[0]!.ticket)!);
    expect(ticket).toMatchObject({ ok: true, value: { ticket: { deviceId: a.id, peers: [b.id] } } });
  });

  test("hears of others' candidates, comings and goings", async () => {
    const [a, b] = [server.newAgent(), server.newAgent()];
    a.follow();
    await has(a, "relay-ticket");
    const client = b.follow();
    await expect
      .poll(() => a.of("presence").at(-1))
      .toEqual({ kind: "presence", all: false, online: [b.id], offline: [] });
    expect(server.hub.connectedSince(b.id)).toBeInstanceOf(Date);

    await client.reportCandidates.mutate(newReport());
    await has(a, "delta");
    const { delta } = a.of("delta")[0]!;
    expect(delta.upserted).toMatchObject([
      { id: b.id, candidates: newReport().candidates, natProfile: newReport().natProfile },
    ]);
    expect(delta.filter).toBeUndefined();

    b.disconnect();
    await expect
      .poll(() => a.of("presence").at(-1))
      .toEqual({ kind: "presence", all: false, online: [], offline: [b.id] });
    expect([...server.hub.onlineDeviceIds(server.team.id)]).toEqual([a.id]);
  });

  test("hears of a new device, and gets a ticket that names it", async () => {
    const a = server.newAgent();
    a.follow();
    await has(a, "relay-ticket");
    const b = server.newAgent();
    await has(a, "relay-ticket", 2);
    expect(a.of("delta")[0]!.delta.upserted.map(({ id }) => id)).toEqual([b.id]);
    expect(decodeTicket(fromBase64Url(a.of("relay-ticket")[1]!.ticket)!)).toMatchObject({
      value: { ticket: { peers: [b.id] } },
    });
  });

  test("that comes back with its revision hears only what it missed", async () => {
    const [a, b, c] = [server.newAgent(), server.newAgent(), server.newAgent()];
    const held = server.hub.teams.snapshot(server.team.id).revision;
    server.db.update(deviceTable).set({ name: "renamed" }).where(eq(deviceTable.id, b.id)).run();
    appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: b.id });
    server.db.update(deviceTable).set({ revokedAt: new Date() }).where(eq(deviceTable.id, c.id)).run();
    appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: c.id });

    a.follow(held);
    await has(a, "relay-ticket");
    expect(a.events.map(({ kind }) => kind)).toEqual(["delta", "presence", "relay-ticket"]);
    expect(a.of("delta")[0]!.delta).toMatchObject({
      from: held,
      revision: held + 2,
      upserted: [{ id: b.id, name: "renamed" }],
      removed: [],
      staying: [],
    });
  });

  // It may never have known who is gone: ids are for those who may know of the device.
  test.each([
    ["that knows what stays", true],
    ["from before it could know", false],
  ])("%s comes back and hears of no device that it may not know", async (_, isKnowing) => {
    const tagged = (tag: string) => server.newAgent({ tags: [tag] });
    const [a, b, c, hidden] = [tagged("tag:a"), tagged("tag:a"), tagged("tag:a"), tagged("tag:b")];
    const grant = { src: ["tag:a"], dst: ["tag:a"], ip: ["*"] };
    server.savePolicy(2, JSON.stringify({ tagOwners: { "tag:a": [], "tag:b": [] }, grants: [grant] }));
    const held = server.hub.teams.snapshot(server.team.id).revision;
    for (const { id } of [b, hidden]) {
      server.db.update(deviceTable).set({ os: "plan9" }).where(eq(deviceTable.id, id)).run();
      appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: id });
    }
    if (!isKnowing) a.understands = [];
    a.follow(held);
    await has(a, "relay-ticket");
    expect(JSON.stringify(a.events)).not.toContain(hidden.id);
    if (isKnowing) {
      const { delta } = a.of("delta")[0]!;
      expect([delta.upserted.map(({ id }) => id), delta.staying]).toEqual([[b.id], [c.id]]);
    } else
      expect(
        a
          .of("netmap")[0]!
          .netmap.peers.map(({ id }) => id)
          .toSorted(),
      ).toEqual([b.id, c.id].toSorted());
  });

  // Its own tags decide whom it sees; a list of changed devices would not tell of those that it sees no more.
  test("that changed itself while it was away hears the whole netmap", async () => {
    const [a] = [server.newAgent(), server.newAgent()];
    const held = server.hub.teams.snapshot(server.team.id).revision;
    server.db
      .update(deviceTable)
      .set({ tags: ["tag:web"] })
      .where(eq(deviceTable.id, a.id))
      .run();
    appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: a.id });
    a.follow(held);
    await has(a, "netmap");
    expect(a.events[0]?.kind).toBe("netmap");
  });

  // A revision from the future is what agents hold after a backup was restored.
  test.each([
    ["a revision that is not in the log any more", (now: number) => now - 3],
    ["a revision from the future", (now: number) => now + 5],
  ])("that comes back with %s hears the whole netmap", async (_, held) => {
    const a = server.newAgent();
    for (let i = 0; i < 4; i++) server.newAgent();
    const { revision } = server.hub.teams.snapshot(server.team.id);
    server.db.$client.exec(`delete from revision where revision < ${revision}`);
    server.hub.teams.forget(server.team.id);
    a.follow(held(revision));
    await has(a, "netmap");
    expect(a.of("netmap")[0]!.netmap.peers).toHaveLength(4);
    expect(a.of("delta")).toEqual([]);
  });

  test("hears what a new policy changes, and which peers it denies", async () => {
    const [a, b] = [server.newAgent(), server.newAgent()];
    a.follow();
    await has(a, "relay-ticket");
    expect(a.of("netmap")[0]!.netmap.peers.map(({ id }) => id)).toEqual([b.id]);
    server.savePolicy(2, "{}");
    await has(a, "delta");
    expect(a.of("delta")[0]!.delta).toMatchObject({ upserted: [], removed: [b.id], filter: [] });
    await has(a, "relay-ticket", 2);
    expect(decodeTicket(fromBase64Url(a.of("relay-ticket")[1]!.ticket)!)).toMatchObject({
      value: { ticket: { peers: [] } },
    });
  });

  // A thousand agents take a new policy at once: what stays as it is does not go out again to each of them.
  test("hears of a new policy only the peers that come, go or are reached otherwise", async () => {
    const [a, web, db, other] = [
      server.newAgent(),
      server.newAgent({ tags: ["tag:web"] }),
      server.newAgent({ tags: ["tag:db"] }),
      server.newAgent({ tags: ["tag:other"] }),
    ];
    const names = `"tagOwners": { "tag:web": [], "tag:db": [], "tag:other": [] }`;
    const to = (tag: string, rest = "") => `{ "src": ["*"], "dst": ["${tag}"], "ip": ["tcp:22"]${rest} }`;
    server.savePolicy(2, `{ ${names}, "grants": [${to("tag:web")}, ${to("tag:db")}] }`);
    a.follow();
    await has(a, "relay-ticket");
    server.savePolicy(
      3,
      `{ ${names}, "grants": [${to("tag:web")}, ${to("tag:other")}, ${to("tag:other", `, "transport": "relay-only"`)}] }`,
    );
    await has(a, "delta");
    const first = a.of("delta")[0]!.delta;
    expect([first.upserted.map(({ id }) => id), first.removed]).toEqual([[other.id], [db.id]]);
    server.savePolicy(4, `{ ${names}, "grants": [${to("tag:web")}, ${to("tag:other")}] }`);
    await has(a, "delta", 2);
    const second = a.of("delta")[1]!.delta;
    expect([second.upserted.map(({ id }) => id), second.removed]).toEqual([[other.id], []]);
    expect(first.from).toBe(a.of("netmap")[0]!.netmap.revision);
    expect([second.from, a.of("netmap")]).toEqual([first.revision, [expect.anything()]]);
    expect(
      a
        .of("netmap")[0]!
        .netmap.peers.map(({ id }) => id)
        .toSorted(),
    ).toEqual([web.id, db.id].toSorted());
  });

  // Otherwise a moment's trouble with the database would cut every tunnel of the team.
  test("is never told of fewer peers because a read failed", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [a] = [server.newAgent(), server.newAgent()];
    a.follow();
    await has(a, "relay-ticket");
    const told = a.events.length;

    server.db.$client.exec("alter table device rename to device_away");
    const { id: teamId } = server.team;
    const revision = appendRevision(server.db, { teamId, kind: "policy" });
    server.hub.bus.publish({ teamId, kind: "revision", revision });
    await expect.poll(() => vi.mocked(console.error).mock.calls.length).toBeGreaterThan(0);
    expect(a.events).toHaveLength(told);

    server.db.$client.exec("alter table device_away rename to device");
    await expect.poll(() => a.of("delta").length, { timeout: 4_000 }).toBe(1);
    expect(a.of("delta")[0]!.delta).toMatchObject({ revision, upserted: [], removed: [] });
    vi.restoreAllMocks();
  });

  test("keeps its map while the policy in force cannot be read", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const [a] = [server.newAgent(), server.newAgent()];
    a.follow();
    await has(a, "relay-ticket");
    server.savePolicy(2, "{ grants: broken");
    await expect.poll(() => vi.mocked(console.error).mock.calls.length).toBeGreaterThan(0);
    expect(a.of("netmap")).toHaveLength(1);
    server.db
      .delete(policyVersion)
      .where(and(eq(policyVersion.teamId, server.team.id), eq(policyVersion.version, 2)))
      .run();
    await expect.poll(() => a.of("delta").length, { timeout: 4_000 }).toBe(1);
    expect(a.of("delta")[0]!.delta.removed).toEqual([]);
    vi.restoreAllMocks();
  });
});

describe("who a session is", () => {
  test.each([
    ["another device's key", () => {}, "bad-signature"],
    [
      "a signature over another session",
      (agent: TestAgent) => (agent.signedHash = new Uint8Array(32).fill(9)),
      "bad-signature",
    ],
    ["a signature that was made to enroll", (agent: TestAgent) => (agent.signedPurpose = "enroll"), "bad-signature"],
  ])("%s does not open it", async (name, change, message) => {
    const { device, identity } = server.newAgent();
    const thief = server.agentFor(device, name === "another device's key" ? newIdentity() : identity);
    change(thief);
    thief.follow();
    await expect.poll(() => thief.errors).toEqual([message]);
    expect(server.hub.isOnline(thief.id)).toBe(false);
  });

  test("a device that is not there is told so", async () => {
    const { device, identity } = server.newAgent();
    const ghost = server.agentFor({ ...device!, id: "dev_00000000000000000000000000000000" }, identity);
    ghost.follow();
    await expect.poll(() => ghost.errors).toEqual(["device-unknown"]);
  });

  test("without any, every procedure but enrolling is closed", async () => {
    const [peer, stranger] = [server.newAgent(), server.agentFor(null)];
    const client = stranger.follow();
    await expect.poll(() => stranger.errors).toEqual(["not-authenticated"]);
    const calls = [
      () => client.time.query(),
      () => client.reportCandidates.mutate(newReport()),
      () => client.requestPunch.mutate({ peerId: peer.id, trigger: "traffic" }),
      () => client.reportTrace.mutate(newTrace("att_00000000000000000000000000000000", peer)),
      () => client.reportPaths.mutate([]),
      () => client.reportMetrics.mutate({ intervalMs: 1, memoryBytes: 1, cpuPercent: 1, peers: [] }),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow("not-authenticated");
  });

  test("the newer session of a device wins", async () => {
    const watcher = server.newAgent();
    const first = server.newAgent();
    watcher.follow();
    first.follow();
    await has(first, "netmap");
    const second = server.agentFor(first.device, first.identity);
    const client = second.follow();
    await has(second, "relay-ticket");
    await expect.poll(() => first.closeCodes).toEqual([4_109]);
    expect(server.hub.isOnline(first.id)).toBe(true);
    expect(await client.time.query()).toMatchObject({ serverNow: expect.any(Number) });
    second.disconnect();
    await expect.poll(() => server.hub.isOnline(first.id)).toBe(false);
  });

  test("a revoked device is told, is let in no more, and comes back by itself when it is restored", async () => {
    const [a, b] = [server.newAgent(), server.newAgent()];
    a.follow();
    b.follow();
    await has(a, "relay-ticket");
    await has(b, "relay-ticket");
    setRevoked(a, new Date());
    await expect.poll(() => a.closeCodes).toEqual([4_103]);
    expect(a.events.at(-1)).toEqual({ kind: "revoked" });
    await expect.poll(() => b.of("delta").at(-1)?.delta.removed).toEqual([a.id]);

    const again = server.agentFor(a.device, a.identity);
    again.follow();
    await expect.poll(() => again.errors).toEqual(["device-revoked"]);

    setRevoked(a, null);
    const restored = server.agentFor(a.device, a.identity);
    restored.follow();
    await has(restored, "netmap");
  });

  test("being told to disconnect a revoked device tells it first", async () => {
    const a = server.newAgent();
    a.follow();
    await has(a, "relay-ticket");
    server.db.update(deviceTable).set({ revokedAt: new Date() }).where(eq(deviceTable.id, a.id)).run();
    appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: a.id });
    server.hub.disconnect(a.id, "revoked");
    await expect.poll(() => a.closeCodes).toEqual([4_103]);
    expect(a.events.at(-1)).toEqual({ kind: "revoked" });
  });
});

describe("candidates", () => {
  test("that say nothing new write no revision", async () => {
    const a = server.newAgent();
    const client = a.follow();
    await has(a, "netmap");
    await client.reportCandidates.mutate(newReport());
    const { revision } = server.hub.teams.snapshot(server.team.id);
    await client.reportCandidates.mutate(
      newReport({ natProfile: { ...PROFILE, measuredAt: 99 }, candidates: newReport().candidates.toReversed() }),
    );
    expect(server.hub.teams.snapshot(server.team.id).revision).toBe(revision);
    await client.reportCandidates.mutate(newReport({ probeEpoch: toBase64Url(new Uint8Array(16).fill(6)) }));
    expect(server.hub.teams.snapshot(server.team.id).revision).toBe(revision + 1);
    expect(server.published.filter(({ kind }) => kind === "nat")).toHaveLength(1);
  });

  // Peers send probes to whatever stands here.
  test("that no peer may be made to send to are left out", async () => {
    const a = server.newAgent();
    const client = a.follow();
    await has(a, "netmap");
    const [inOverlay] = server.team.ipv4Range.split("/");
    const hostile = [
      "127.0.0.1:80",
      "169.254.169.254:80",
      "224.0.0.1:9",
      "255.255.255.255:9",
      "0.0.0.0:1",
      "[::1]:1",
      "[fe80::1]:1",
      `${inOverlay}:9`,
      "192.0.2.1:0",
    ];
    await client.reportCandidates.mutate(
      newReport({
        candidates: [
          ...hostile.map((endpoint) => ({ kind: "server-reflexive" as const, endpoint })),
          { kind: "host", endpoint: "[2001:DB8::1]:9" },
          { kind: "server-reflexive", endpoint: "[2001:db8::1]:9" },
        ],
      }),
    );
    const row = server.db.select().from(deviceTable).where(eq(deviceTable.id, a.id)).get()!;
    expect(row.candidates).toEqual([{ kind: "host", endpoint: "[2001:db8::1]:9" }]);
  });

  test("are at most sixteen", async () => {
    const a = server.newAgent();
    const client = a.connect();
    const candidates = Array.from({ length: 17 }, (_, i) => ({
      kind: "host" as const,
      endpoint: `192.168.1.${i + 1}:9`,
    }));
    await expect(client.reportCandidates.mutate(newReport({ candidates }))).rejects.toMatchObject({
      data: { code: "BAD_REQUEST" },
    });
  });
});

test("a device that calls too often is told so, on a new connection too, and others are not", async () => {
  server.frozenAt = Date.now();
  const [a, b] = [server.newAgent(), server.newAgent()];
  const client = a.connect();
  const calls = await Promise.allSettled(Array.from({ length: 40 }, () => client.time.query()));
  expect(calls.filter(({ status }) => status === "rejected").length).toBe(20);
  const again = server.agentFor(a.device, a.identity).connect();
  await expect(Promise.all(Array.from({ length: 2 }, () => again.time.query()))).rejects.toThrow("too-many-requests");
  await expect(b.connect().time.query()).resolves.toMatchObject({ serverNow: expect.any(Number) });
});

function setRevoked(agent: TestAgent, revokedAt: Date | null): void {
  const { id: teamId } = server.team;
  server.db.update(deviceTable).set({ revokedAt }).where(eq(deviceTable.id, agent.id)).run();
  const revision = appendRevision(server.db, { teamId, kind: "device", deviceId: agent.id });
  server.hub.bus.publish({ teamId, kind: "revision", revision });
}
