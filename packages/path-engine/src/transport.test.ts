// What a policy says of a pair's ways holds against everything that would have the engine do otherwise.
import { CLASSIC_NATS } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { HandClock } from "./testing/hand-clock.ts";
import { addRouter, introduce, newWorld, SimAgent } from "./testing/index.ts";

const HOME = "203.0.113.5:1000";

describe("towards a relay-only peer", () => {
  test("nothing is sent: not at a plan, not for traffic, not to what it sends, not without a coordinator", () => {
    const world = new HandClock();
    const id = world.addPeer(1, [HOME], { transport: "relay-only" });
    world.plan(id);
    world.engine.onTraffic(id);
    world.advance(5_000);
    expect(world.ping(id, HOME)).toBe("probe");
    world.engine.onDataReceived(id, { socket: 0, endpoint: { address: "203.0.113.5", port: 1000 } });
    world.engine.onControl(false);
    for (let second = 0; second < 60; second++) {
      world.engine.onTraffic(id);
      world.advance(1_000);
    }
    expect(world.probes).toEqual([]);
    expect(world.requests).toEqual([]);
    expect(world.engine.snapshot(id)).toMatchObject({
      path: { kind: "relay" },
      route: { relay: true },
      reason: { code: "forced_relay", measured: true },
    });
  });

  test("a direct path ends with the netmap that says so", () => {
    const world = new HandClock();
    const id = direct(world);
    world.addPeer(1, [], { transport: "relay-only" });
    const sent = world.probes.length;
    expect(world.changes.at(-1)).toMatchObject({ route: { relay: true }, state: { kind: "relay" } });
    expect(world.changes.at(-1)!.route).not.toHaveProperty("direct");
    world.ping(id, HOME);
    world.engine.onTraffic(id);
    world.advance(60_000);
    expect(world.probes).toHaveLength(sent);
  });

  test("and back again it is reached as any other", () => {
    const world = new HandClock();
    const id = world.addPeer(1, [], { transport: "relay-only" });
    world.addPeer(1, [HOME]);
    world.engine.onTraffic(id);
    expect(world.requests).toHaveLength(1);
  });
});

describe("towards a direct-only peer", () => {
  test("nothing goes over the relay, before there is a path, while it is in doubt, or after it is lost", () => {
    const world = new HandClock();
    const id = direct(world, { transport: "direct-only" });
    world.engine.onTraffic(id);
    world.advance(30_000);
    expect(world.changes.map(({ route }) => route.relay)).not.toContain(true);
    expect(world.changes.map(({ state }) => state.kind)).not.toContain("relay");
    expect(world.engine.snapshot(id)?.path.kind).toBe("none");
  });

  test("a NAT whose ports have to be told is met all the same: notes go by the coordinator", () => {
    const world = newWorld(3);
    world.coordinator.transport = "direct-only";
    const [a, b] = ([CLASSIC_NATS["EI-PP-PD"], CLASSIC_NATS["PD-PC-PD"]] as const).map((nat, site) => {
      const { lan } = addRouter(world.network, { nat, address: `203.0.113.${site + 1}`, line: { delayMs: 10 } });
      const endpoint = { address: `192.168.${site}.2`, port: 41_641 };
      return new SimAgent(world, { name: `${site}`, places: [{ segment: lan, endpoint }], serverDelayMs: 10 });
    }) as [SimAgent, SimAgent];
    world.time.run(3_000);
    introduce(world, [a, b]);
    a.sendTraffic(b.id, { everyMs: 100, forMs: 30_000 });
    const isDirect = (): boolean => a.route(b.id)?.direct !== undefined && b.route(a.id)?.direct !== undefined;
    expect(world.time.runUntilTrue(isDirect, 5_000)).toBe(true);
    expect([...a.arrivals, ...b.arrivals].filter(({ via }) => via === "relay")).toEqual([]);
  });

  test("a lost relay is no reason", () => {
    const world = new HandClock();
    const id = world.addPeer(1, [HOME], { transport: "direct-only" });
    world.engine.onRelay(false);
    expect(world.engine.snapshot(id)?.reason?.code).not.toBe("relay_unavailable");
  });

  test("what was tried in vain is the reason", () => {
    const world = new HandClock();
    const id = world.addPeer(1, [HOME], { transport: "direct-only" });
    world.engine.onTraffic(id);
    world.plan(id);
    world.advance(3_000);
    expect(world.engine.snapshot(id)).toMatchObject({ path: { kind: "none" }, reason: { code: expect.any(String) } });
  });
});

function direct(world: HandClock, more: Parameters<HandClock["addPeer"]>[2] = {}) {
  const id = world.addPeer(1, [HOME], more);
  world.plan(id);
  world.advance(10);
  world.pong(world.pings()[0]!);
  expect(world.engine.snapshot(id)?.path.kind).toBe("direct");
  return id;
}
