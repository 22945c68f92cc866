import { insertDevice, insertPairPath, insertPolicyVersion } from "@pinhole/drizzle/testing";
import type { PathState, RelayDistance } from "@pinhole/protocol/control";
import { beforeEach, expect, test } from "vitest";
import { NOW, newTestServer, type TestServer } from "../testing.ts";

const POLICY = `{
  "tagOwners": { "tag:relay": [] },
  "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }],
  "relays": [{ "devices": ["tag:relay"], "for": ["*"] }],
}`;

let server: TestServer;
beforeEach(() => {
  server = newTestServer();
});

test("a team without anything has the dashboard's own, of which nobody can say anything, and the key for more", async () => {
  const { relays, devicesOnline, serverKey } = await list();
  expect([relays, devicesOnline]).toEqual([
    [
      {
        kind: "main",
        name: "main",
        deviceId: null,
        url: null,
        state: "unknown",
        reachedBy: 0,
        rttMs: null,
        pairs: 0,
      },
    ],
    0,
  ]);
  expect(serverKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test("how far a relay is, is what online devices say, and one that none reaches is called so", async () => {
  server = newTestServer({ relays: [{ name: "fra", url: "ws://198.51.100.7:3478/relay/v1" }] });
  for (const rttMs of [30, 10, 20]) online(`device-${rttMs}`, { main: rttMs });
  add("away", { fra: 1 });
  const { relays } = await list();
  expect(relays).toMatchObject([
    { name: "main", state: "ready", reachedBy: 3, rttMs: { shortest: 10, median: 20, longest: 30 } },
    { kind: "stand-alone", name: "fra", url: "ws://198.51.100.7:3478/relay/v1", state: "unreached", reachedBy: 0 },
  ]);
});

test("devices that the policy lets relay are there, ready while they are online, whether anybody needs them or not", async () => {
  insertPolicyVersion(server.db, { teamId: server.team.id, document: POLICY });
  const [vps, nas] = [online("vps", {}, ["tag:relay"]), add("nas", {}, ["tag:relay"])];
  online("laptop", { [vps.id]: 4 });
  const { relays } = await list();
  expect(relays.slice(1)).toMatchObject([
    { kind: "device", name: "vps", deviceId: vps.id, state: "ready", reachedBy: 1, rttMs: { median: 4 } },
    { kind: "device", name: "nas", deviceId: nas.id, state: "offline", reachedBy: 0, rttMs: null },
  ]);
});

test("a pair counts once, where it goes at present, and not at all when it is direct or away", async () => {
  insertPolicyVersion(server.db, { teamId: server.team.id, document: POLICY });
  const vps = online("vps", {}, ["tag:relay"]);
  const [a, b, c] = [online("a", {}), online("b", {}), add("c", {})];
  report(a, b, { kind: "relay", relay: vps.id, since: 1 });
  report(b, a, { kind: "relay", relay: vps.id, since: 1 });
  report(a, vps, { kind: "relay", relay: "main", since: 1 });
  report(b, vps, { kind: "direct", since: 1 });
  report(a, c, { kind: "relay", relay: "main", since: 1 });
  const { relays } = await list();
  expect(relays.map(({ name, state, pairs }) => [name, state, pairs])).toEqual([
    ["main", "used", 1],
    ["vps", "used", 1],
  ]);
});

test("another team's devices do not show, nor do revoked ones", async () => {
  insertPolicyVersion(server.db, { teamId: server.team.id, document: POLICY });
  insertDevice(server.db, { teamId: server.team.id, tags: ["tag:relay"], revokedAt: NOW });
  const theirs = insertDevice(server.db, { teamId: server.otherTeam.id, tags: ["tag:relay"] });
  server.hub.online.set(theirs.id, NOW);
  expect(await list()).toMatchObject({ relays: [{ name: "main" }], devicesOnline: 0 });
});

const list = () => server.as("auditor").relay.list({ team: "ours" });

function add(name: string, rtts: Readonly<Record<string, number>>, tags: string[] = []) {
  const relays: RelayDistance[] = Object.entries(rtts).map(([relay, rttMs]) => ({ relay, rttMs }));
  return insertDevice(server.db, { teamId: server.team.id, name, tags, relays });
}

function online(...fields: Parameters<typeof add>) {
  const device = add(...fields);
  server.hub.online.set(device.id, NOW);
  return device;
}

function report(from: { id: `dev_${string}` }, to: { id: `dev_${string}` }, path: PathState): void {
  insertPairPath(server.db, { teamId: server.team.id, deviceId: from.id, peerId: to.id, path });
}
