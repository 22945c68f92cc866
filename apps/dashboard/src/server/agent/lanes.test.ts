// Who is let pass packets on for whom, and who hears of it.
import type { RelayLane } from "@pinhole/protocol/control";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { has, newReport, type TestAgent, TestServer } from "./testing.ts";

const POLICY = `{
  "tagOwners": { "tag:relay": [], "tag:alone": [], "tag:shy": [] },
  "grants": [
    { "src": ["autogroup:member", "tag:relay"], "dst": ["autogroup:member", "tag:relay"], "ip": ["*"] },
    { "src": ["autogroup:member"], "dst": ["tag:shy"], "ip": ["*"], "transport": "direct-only" },
    { "src": ["tag:relay"], "dst": ["tag:shy", "tag:alone"], "ip": ["*"] },
  ],
  "relays": [{ "devices": ["tag:relay"], "for": ["*"] }],
}`;

let server: TestServer;
let relay: TestAgent;
beforeEach(async () => {
  server = await TestServer.start();
  server.savePolicy(2, POLICY);
  relay = server.newAgent({ tags: ["tag:relay"] });
  relay.follow();
  await has(relay, "relay-ticket");
});
afterEach(async () => server[Symbol.asyncDispose]());

describe("the netmap", () => {
  test("says which peers may relay for a device, and for which it relays", async () => {
    const a = server.newAgent();
    a.follow();
    await has(a, "netmap");
    const [peer] = a.of("netmap")[0]!.netmap.peers;
    expect(peer).toMatchObject({ id: relay.id, mayRelay: true });
    expect(peer).not.toHaveProperty("isRelayed");
    await has(relay, "delta");
    const [other] = relay.of("delta").at(-1)!.delta.upserted;
    expect(other).toMatchObject({ id: a.id, isRelayed: true });
    expect(other).not.toHaveProperty("mayRelay");
  });

  test("has a device's distance to a peer only where that one may relay for it", async () => {
    const [a, b] = [server.newAgent(), server.newAgent()];
    a.follow();
    await has(a, "netmap");
    const relays = [relay.id, a.id, `dev_${"0".repeat(32)}`, "main"].map((each) => ({ relay: each, rttMs: 5 }));
    await b.follow().reportCandidates.mutate(newReport({ relays }));
    await has(a, "delta");
    expect(
      a
        .of("delta")
        .at(-1)!
        .delta.upserted[0]!.relays?.map(({ relay: each }) => each),
    ).toEqual([relay.id, "main"]);
  });
});

describe("lanes", () => {
  test("are two, one each way, and all three devices hear of both", async () => {
    const [a, b] = [await near(), await near()];
    await a.client.requestRelayLanes.mutate({ peerId: b.agent.id, via: relay.id });
    for (const agent of [a.agent, b.agent, relay]) await has(agent, "relay-lanes");
    const lanes = lanesOf(relay);
    expect(lanes.map(({ from, via, to }) => [from, via, to])).toEqual([
      [a.agent.id, relay.id, b.agent.id],
      [b.agent.id, relay.id, a.agent.id],
    ]);
    expect([lanesOf(a.agent), lanesOf(b.agent)]).toEqual([lanes, lanes]);
    expect(new Set(lanes.map(({ id }) => id)).size).toBe(2);
    expect(lanes[0]!.expiresAt - Date.now()).toBeGreaterThan(290_000);
  });

  test("are the same for whoever of the two asks, and others two minutes later", async () => {
    const [a, b] = [await near(), await near()];
    await a.client.requestRelayLanes.mutate({ peerId: b.agent.id, via: relay.id });
    await b.client.requestRelayLanes.mutate({ peerId: a.agent.id, via: relay.id });
    await has(relay, "relay-lanes", 2);
    expect(lanesOf(relay, 1)).toEqual(lanesOf(relay, 0));
    server.skewMs = 120_000;
    await b.client.requestRelayLanes.mutate({ peerId: a.agent.id, via: relay.id });
    await has(relay, "relay-lanes", 3);
    const before = new Set(lanesOf(relay, 0).map(({ id }) => id));
    expect(lanesOf(relay, 2).some(({ id }) => before.has(id))).toBe(false);
  });

  test("are refused for whom the caller may not talk to, as if there were none", async () => {
    const [a, alone] = [await near(), await near(["tag:alone"])];
    const request = { peerId: alone.agent.id, via: relay.id };
    await expect(a.client.requestRelayLanes.mutate(request)).rejects.toThrow("peer-not-found");
    const other = await TestServer.start();
    const stranger = other.newAgent();
    await expect(a.client.requestRelayLanes.mutate({ ...request, peerId: stranger.id })).rejects.toThrow(
      "peer-not-found",
    );
    await other[Symbol.asyncDispose]();
  });

  test("are refused over a device that may not relay for both, and for a pair that no relay may carry", async () => {
    const [a, b, shy] = [await near(), await near(), await near(["tag:shy"])];
    await expect(a.client.requestRelayLanes.mutate({ peerId: relay.id, via: b.agent.id })).rejects.toThrow(
      "not-allowed",
    );
    await expect(a.client.requestRelayLanes.mutate({ peerId: shy.agent.id, via: relay.id })).rejects.toThrow(
      "not-allowed",
    );
    await expect(a.client.requestRelayLanes.mutate({ peerId: b.agent.id, via: a.agent.id })).rejects.toThrow(
      "not-allowed",
    );
  });

  // It would have no way to send there; and agents that know nothing of lanes never say that they are near.
  test("are refused where one of the two has not reached the relaying device", async () => {
    const [a, far] = [await near(), await near([], [])];
    await expect(a.client.requestRelayLanes.mutate({ peerId: far.agent.id, via: relay.id })).rejects.toThrow(
      "not-allowed",
    );
  });

  test("are refused while one of the three is offline, and to who asks for ever", async () => {
    const [a, b] = [await near(), await near()];
    const request = { peerId: b.agent.id, via: relay.id };
    for (let n = 0; n < 6; n++) await a.client.requestRelayLanes.mutate(request);
    await expect(a.client.requestRelayLanes.mutate(request)).rejects.toThrow("too-many-requests");
    relay.disconnect();
    await expect.poll(() => server.hub.isOnline(relay.id)).toBe(false);
    await expect(a.client.requestRelayLanes.mutate(request)).rejects.toThrow("peer-offline");
  });

  test("are refused as soon as the policy takes the right away", async () => {
    const [a, b] = [await near(), await near()];
    const request = { peerId: b.agent.id, via: relay.id };
    await a.client.requestRelayLanes.mutate(request);
    server.savePolicy(3, POLICY.replace('"for": ["*"]', '"for": ["tag:shy"]'));
    await expect(a.client.requestRelayLanes.mutate(request)).rejects.toThrow("not-allowed");
    await expect
      .poll(() =>
        relay
          .of("netmap")
          .at(-1)
          ?.netmap.peers.some(({ isRelayed }) => isRelayed),
      )
      .toBe(false);
  });
});

/** Online, and with a direct path to the relay unless told otherwise. */
async function near(tags: string[] = [], relays = [{ relay: relay.id as string, rttMs: 5 }]) {
  const agent = server.newAgent({ tags });
  const client = agent.follow();
  await has(agent, "relay-ticket");
  await client.reportCandidates.mutate(newReport({ relays }));
  return { agent, client };
}

function lanesOf(agent: TestAgent, event = -1): readonly RelayLane[] {
  return agent.of("relay-lanes").at(event)!.lanes;
}
