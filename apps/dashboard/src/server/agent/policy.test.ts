// What agents say of the policy, and what they are asked to try; on real connections.
import { createHash } from "node:crypto";
import { applyFilterChange, type FilterRule, newFilterHash } from "@pinhole/protocol/policy";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { namedRollout } from "../policy/named-rollout.ts";
import { has, type TestAgent, TestServer } from "./testing.ts";

const hashOf = newFilterHash((text) => createHash("sha256").update(text).digest("base64url"));
const SSH = `{ "tagOwners": { "tag:web": [] }, "grants": [{ "src": ["*"], "dst": ["tag:web"], "ip": ["tcp:22"] }] }`;

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

/** As the agent holds it: from the whole map, and from what changed since. */
const lastFilter = (agent: TestAgent): FilterRule[] => {
  const maps = agent.events.flatMap((event) =>
    event.kind === "netmap" ? [event.netmap.filter] : event.kind === "delta" ? [event.delta.filter] : [],
  );
  return maps.findLast((filter) => filter !== undefined) ?? [];
};
const stateOf = (agent: TestAgent) => {
  const found = server.hub.rollout(server.team.id).devices.find(({ deviceId }) => deviceId === agent.id);
  return found && [found.state, found.version];
};

test("a device is on the version in force when it runs the filter that it gives, and behind until it says so", async () => {
  const [web, laptop] = [server.newAgent({ tags: ["tag:web"] }), server.newAgent()];
  const [asWeb, asLaptop] = [web.follow(), laptop.follow()];
  await Promise.all([has(web, "relay-ticket"), has(laptop, "relay-ticket")]);
  expect([stateOf(web), stateOf(laptop)]).toEqual([
    ["silent", null],
    ["silent", null],
  ]);
  await Promise.all([
    asWeb.reportFilter.mutate({ hash: hashOf(lastFilter(web)) }),
    asLaptop.reportFilter.mutate({ hash: hashOf(lastFilter(laptop)) }),
  ]);
  expect([stateOf(web), stateOf(laptop)]).toEqual([
    ["current", 1],
    ["current", 1],
  ]);
  expect(server.published).toContainEqual({ teamId: server.team.id, kind: "filter", deviceId: web.id });

  server.savePolicy(2, SSH);
  expect([stateOf(web), stateOf(laptop)]).toEqual([
    ["behind", 1],
    ["behind", 1],
  ]);
  await Promise.all([has(web, "delta"), has(laptop, "delta")]);
  await asWeb.reportFilter.mutate({ hash: hashOf(lastFilter(web)) });
  expect([stateOf(web), stateOf(laptop)]).toEqual([
    ["current", 2],
    ["behind", 1],
  ]);

  // A version that gives it the same filter is in force there without another word.
  server.savePolicy(3, `${SSH} // said again`);
  expect(stateOf(web)).toEqual(["current", 3]);
});

// A thousand agents would otherwise be sent all their sources for the sake of a few.
test("an agent that knows how hears what is another in its filter, and others hear the filter", async () => {
  const [knowing, old] = [server.newAgent({ tags: ["tag:web"] }), server.newAgent({ tags: ["tag:web"] })];
  old.understands = [];
  for (let source = 0; source < 20; source++) server.newAgent({ tags: ["tag:src"] });
  const policy = (port: number) =>
    JSON.stringify({
      tagOwners: { "tag:web": [], "tag:src": [] },
      grants: [{ src: ["tag:src"], dst: ["tag:web"], ip: [`tcp:${port}`] }],
    });
  server.savePolicy(2, policy(22));
  const [asKnowing] = [knowing.follow(), old.follow()];
  await Promise.all([has(knowing, "netmap"), has(old, "netmap")]);
  server.savePolicy(3, policy(80));
  await Promise.all([has(knowing, "delta"), has(old, "delta")]);

  const { delta } = knowing.of("delta")[0]!;
  expect(delta.filter).toBeUndefined();
  const filter = applyFilterChange(lastFilter(knowing), delta.filterChange!, hashOf);
  expect(filter).toMatchObject({ ok: true, value: [{ allow: [{ protocol: 6, ports: [80, 80] }] }] });
  await asKnowing.reportFilter.mutate({ hash: hashOf(filter.ok ? filter.value : []) });
  expect(stateOf(knowing)).toEqual(["current", 3]);

  const { delta: whole } = old.of("delta")[0]!;
  expect(whole.filterChange).toBeUndefined();
  expect(whole.filter?.[0]?.src).toEqual(filter.ok ? filter.value[0]?.src : undefined);
});

test("a filter that nobody gave it is none of a version's", async () => {
  const agent = server.newAgent();
  const client = agent.follow();
  await has(agent, "relay-ticket");
  await client.reportFilter.mutate({ hash: "made up" });
  expect(stateOf(agent)).toEqual(["behind", null]);
});

test("a grant that ends leaves the filter, and the pair that only it joined, at its moment", async () => {
  vi.setSystemTime(Date.parse("2026-03-01T10:00:00Z"));
  const agents = [server.newAgent(), server.newAgent()];
  for (const agent of agents) agent.follow();
  server.savePolicy(
    2,
    `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"], "expires": "2026-03-01T11:00:00Z" }] }`,
  );
  const [a, b] = agents as [TestAgent, TestAgent];
  await expect.poll(() => lastFilter(a)[0]?.until).toBe(Date.parse("2026-03-01T11:00:00Z"));
  server.skewMs = 3_600_000;
  server.savePolicy(
    3,
    `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"], "expires": "2026-03-01T11:00:00Z" }] }`,
  );
  await expect.poll(() => a.of("delta").at(-1)!.delta.removed).toEqual([b.id]);
  expect(lastFilter(a)).toEqual([]);
  vi.useRealTimers();
});

test("a try is made by the device that is asked, and answered by nobody else", async () => {
  const [asked, other] = [server.newAgent(), server.newAgent()];
  const [asAsked, asOther] = [asked.follow(), other.follow()];
  await Promise.all([has(asked, "relay-ticket"), has(other, "relay-ticket")]);
  const answer = server.hub.probeReach(asked.id, { address: "100.70.16.2", port: 22 });
  await has(asked, "reach-probe");
  const probe = asked.of("reach-probe")[0]!;
  expect(probe).toMatchObject({ address: "100.70.16.2", port: 22 });
  await asOther.reportReach.mutate({ probeId: probe.probeId, outcome: "connected", ms: 1 });
  await asAsked.reportReach.mutate({ probeId: probe.probeId, outcome: "refused", ms: 3 });
  expect(await answer).toEqual({ ok: true, value: { outcome: "refused", ms: 3 } });
});

test("a device that is offline, or too old to answer, is told apart", async () => {
  const agent = server.newAgent();
  expect(await server.hub.probeReach(agent.id, { address: "100.70.16.2", port: 22 })).toEqual({
    ok: false,
    error: "device-offline",
  });
  agent.follow();
  await has(agent, "relay-ticket");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const answer = server.hub.probeReach(agent.id, { address: "100.70.16.2", port: 22 });
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(await answer).toEqual({ ok: false, error: "no-answer" });
});

test("of a policy that cannot be read its version is known, and that it is none", async () => {
  const web = server.newAgent();
  web.follow();
  await has(web, "relay-ticket");
  server.savePolicy(2, "{ not a policy");
  expect(namedRollout(server, server.team.id)).toEqual({ version: 2, devices: [], offline: 0, isUnreadable: true });
  server.savePolicy(3, SSH);
  expect(namedRollout(server, server.team.id)).toMatchObject({ version: 3, isUnreadable: false });
});
