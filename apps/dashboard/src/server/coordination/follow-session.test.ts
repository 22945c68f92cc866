import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDb } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { device as deviceTable } from "@pinhole/drizzle/schema";
import { insertDevice } from "@pinhole/drizzle/testing";
import type { SessionEvent } from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { newTeam, TestServer } from "../agent/testing.ts";
import type { AgentSession, SessionEnd } from "./agent-session.ts";
import { DatabaseWatch } from "./database-watch.ts";
import { followSession } from "./follow-session.ts";

afterEach(() => void vi.useRealTimers());

// A reader that takes nothing would otherwise have the server keep everything for it.
test("an agent that reads nothing is sent nothing more, and is cut off after a while", async () => {
  await using server = await TestServer.start();
  vi.useFakeTimers();
  const [self, peer] = [server.newAgent(), server.newAgent()];
  let unsent = 0;
  const ended: SessionEnd[] = [];
  const session = server.hub.open({
    deviceId: self.id,
    teamId: server.team.id,
    identityKey: self.identity.publicKey,
    address: "192.0.2.1",
    close: (reason) => ended.push(reason),
    unsentBytes: () => unsent,
  });
  const { events, isOver } = collect(server, session);
  await vi.advanceTimersByTimeAsync(10);
  expect(events.map(({ kind }) => kind)).toEqual(["netmap", "presence", "relay-ticket"]);

  unsent = 2_000_000;
  for (let i = 0; i < 100; i++) rename(server, peer.id, `name-${i}`);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(events).toHaveLength(3);

  // Read at last: all that was missed comes as one change.
  unsent = 0;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(events).toHaveLength(4);
  expect(events[3]).toMatchObject({ kind: "delta", delta: { upserted: [{ name: "name-99" }] } });

  unsent = 2_000_000;
  rename(server, peer.id, "last");
  await vi.advanceTimersByTimeAsync(31_000);
  expect(ended).toEqual(["slow-reader"]);
  await isOver;
  expect(server.hub.isOnline(self.id)).toBe(false);
});

// It could go on reporting for as long as it is waited for.
test("an agent that reads nothing is cut off at once when it is revoked", async () => {
  await using server = await TestServer.start();
  vi.useFakeTimers();
  const self = server.newAgent();
  let unsent = 0;
  const ended: SessionEnd[] = [];
  const session = server.hub.open({
    deviceId: self.id,
    teamId: server.team.id,
    identityKey: self.identity.publicKey,
    address: "192.0.2.1",
    close: (reason) => ended.push(reason),
    unsentBytes: () => unsent,
  });
  const { isOver } = collect(server, session);
  await vi.advanceTimersByTimeAsync(10);
  unsent = 2_000_000;
  server.db.update(deviceTable).set({ revokedAt: new Date() }).where(eq(deviceTable.id, self.id)).run();
  const revision = appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: self.id });
  server.hub.bus.publish({ teamId: server.team.id, kind: "revision", revision });
  server.hub.disconnect(self.id, "revoked");
  await vi.advanceTimersByTimeAsync(500);
  expect(ended).toEqual(["revoked"]);
  await isOver;
});

test("a relay ticket is renewed while it is still good, also when the database cannot be read", async () => {
  await using server = await TestServer.start();
  vi.useFakeTimers();
  const session = openSession(server);
  const { events } = collect(server, session);
  await vi.advanceTimersByTimeAsync(10);
  vi.spyOn(console, "error").mockImplementation(() => {});
  server.db.$client.exec("alter table device rename to device_away");
  server.hub.teams.forget(server.team.id);
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(events.map(({ kind }) => kind).slice(0, 3)).toEqual(["netmap", "presence", "relay-ticket"]);
  expect(new Set(events.slice(3).map(({ kind }) => kind))).toEqual(new Set(["relay-ticket"]));
  server.db.$client.exec("alter table device_away rename to device");
  vi.restoreAllMocks();
  const tickets = events.filter((event) => event.kind === "relay-ticket");
  expect(tickets.length).toBeGreaterThanOrEqual(5);
  for (const [index, ticket] of tickets.slice(1).entries()) {
    const previous = tickets[index]!;
    // Sent two minutes before the last one ends.
    expect(ticket.expiresAt - previous.expiresAt).toBeLessThanOrEqual(180_100);
  }
  server.hub.end(session);
  await vi.advanceTimersByTimeAsync(1);
});

// The server's command line writes to the database and has no bus to say so.
test("a change that nobody hinted at is found by itself", async () => {
  await using server = await TestServer.start();
  vi.useFakeTimers();
  const peer = server.newAgent();
  const session = openSession(server);
  const { events } = collect(server, session);
  await vi.advanceTimersByTimeAsync(10);
  server.db.update(deviceTable).set({ name: "quiet" }).where(eq(deviceTable.id, peer.id)).run();
  appendRevision(server.db, { teamId: server.team.id, kind: "device", deviceId: peer.id });
  await vi.advanceTimersByTimeAsync(31_000);
  expect(events.at(-1)).toMatchObject({ kind: "delta", delta: { upserted: [{ name: "quiet" }] } });
  server.hub.end(session);
  await vi.advanceTimersByTimeAsync(1);
});

test("a device hears of its own new name, and of a filter that changed with others' tags", async () => {
  await using server = await TestServer.start();
  const document = `{ "tagOwners": { "tag:web": [] }, "grants": [{ "src": ["tag:web"], "dst": ["autogroup:member"], "ip": ["tcp:80"] }] }`;
  const { id: teamId } = newTeam(server.db, document);
  const self = insertDevice(server.db, { teamId });
  const web = insertDevice(server.db, { teamId, tags: ["tag:web"] });
  const plain = insertDevice(server.db, { teamId });
  vi.useFakeTimers();
  const session = server.hub.open({
    deviceId: self.id,
    teamId,
    identityKey: self.identityKey,
    address: "192.0.2.1",
    close: () => {},
    unsentBytes: () => 0,
  });
  const { events } = collect(server, session);
  await vi.advanceTimersByTimeAsync(10);
  expect(events[0]).toMatchObject({
    kind: "netmap",
    netmap: { peers: [{ id: web.id }], filter: [{ src: [`${web.ipv4}/32`, `${web.ipv6}/128`] }] },
  });

  // The other one gets the tag: it becomes a peer, and a source of the filter.
  server.db
    .update(deviceTable)
    .set({ tags: ["tag:web"] })
    .where(eq(deviceTable.id, plain.id))
    .run();
  publish(server, teamId, plain.id);
  await vi.advanceTimersByTimeAsync(10);
  expect(events.slice(3).map(({ kind }) => kind)).toEqual(["delta", "presence", "relay-ticket"]);
  expect(events[3]).toMatchObject({
    delta: { upserted: [{ id: plain.id }], filter: [{ src: expect.arrayContaining([`${plain.ipv4}/32`]) }] },
  });

  server.db.update(deviceTable).set({ name: "mine" }).where(eq(deviceTable.id, self.id)).run();
  publish(server, teamId, self.id);
  await vi.advanceTimersByTimeAsync(10);
  expect(events.at(-1)).toMatchObject({ kind: "delta", delta: { self: { name: "mine" }, upserted: [], removed: [] } });

  // With a tag of its own it is nobody's any more, and may be reached by nobody.
  server.db
    .update(deviceTable)
    .set({ tags: ["tag:web"] })
    .where(eq(deviceTable.id, self.id))
    .run();
  publish(server, teamId, self.id);
  await vi.advanceTimersByTimeAsync(10);
  expect(events.filter(({ kind }) => kind === "netmap").at(-1)).toMatchObject({ netmap: { peers: [], filter: [] } });
  server.hub.end(session);
  await vi.advanceTimersByTimeAsync(1);
});

test("the watch sees what another connection commits, and not what its own does", () => {
  const directory = mkdtempSync(join(tmpdir(), "pinhole-watch-"));
  const [own, other] = [openDb(`${directory}/test.db`), openDb(`${directory}/test.db`)];
  own.$client.exec("create table note (text)");
  const watch = new DatabaseWatch(own);
  own.$client.exec("insert into note values ('mine')");
  expect(watch.hasChanged()).toBe(false);
  other.$client.exec("insert into note values ('theirs')");
  expect([watch.hasChanged(), watch.hasChanged()]).toEqual([true, false]);
  for (const db of [own, other]) db.$client.close();
  rmSync(directory, { recursive: true });
});

function openSession(server: TestServer): AgentSession {
  const { id: deviceId, identity } = server.newAgent();
  return server.hub.open({
    deviceId,
    teamId: server.team.id,
    identityKey: identity.publicKey,
    address: "192.0.2.1",
    close: () => {},
    unsentBytes: () => 0,
  });
}

function collect(server: TestServer, session: AgentSession) {
  const events: SessionEvent[] = [];
  const isOver = (async () => {
    for await (const event of followSession(server.hub, session, { revision: null, agentVersion: "0.1.0" }, undefined))
      events.push(event);
  })();
  return { events, isOver };
}

function rename(server: TestServer, id: `dev_${string}`, name: string): void {
  server.db.update(deviceTable).set({ name }).where(eq(deviceTable.id, id)).run();
  publish(server, server.team.id, id);
}

function publish(server: TestServer, teamId: `team_${string}`, deviceId: `dev_${string}`): void {
  const revision = appendRevision(server.db, { teamId, kind: "device", deviceId });
  server.hub.bus.publish({ teamId, kind: "revision", revision });
}
