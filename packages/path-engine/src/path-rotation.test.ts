/** NATs that end bindings at an age are found out, and paths through them move before they are ended. */
import { CLASSIC_NATS, type NatOptions } from "@pinhole/natsim";
import type { DeviceId } from "@pinhole/protocol";
import { describe, expect, test } from "vitest";
import { HandClock, newTwoAgents, type SimAgent, type TwoAgents } from "./testing/index.ts";

const EIM = CLASSIC_NATS["EI-RD-PD"];
const MINUTE_MS = 60_000;
/** Of real time, for many minutes of simulated time on a busy machine. */
const TIMEOUT_MS = 60_000;
const EVERY_MS = 500;
const ending = (absoluteMs: number): NatOptions => ({
  ...EIM,
  timeouts: { unrepliedMs: 30_000, assuredMs: 120_000, absoluteMs },
});

describe("a path through NATs that end bindings at an age", { timeout: TIMEOUT_MS }, () => {
  test.each([
    { who: "one of the two", nats: [ending(60_000), EIM], ageMs: 60_000 },
    { who: "both", nats: [ending(60_000), ending(60_000)], ageMs: 60_000 },
    { who: "each at its own", nats: [ending(75_000), ending(50_000)], ageMs: 75_000 },
  ] as const)("loses nothing once it is known: $who", ({ nats, ageMs }) => {
    const world = newTwoAgents({ nats: [...nats], measures: true });
    talk(world, 4 * ageMs + 4 * MINUTE_MS);
    world.time.run(4 * ageMs);
    for (const [side, agent] of [world.a, world.b].entries()) {
      const real = nats[side]?.timeouts?.absoluteMs;
      const found = agent.measured?.absoluteLifetimeMs;
      if (real === undefined) expect(found).toBeUndefined();
      else expect(found! / real).toBeGreaterThan(0.6);
      if (real !== undefined) expect(found).toBeLessThanOrEqual(real + 1_000);
    }
    const from = world.time.now;
    world.time.run(3 * MINUTE_MS);
    for (const agent of [world.a, world.b]) expect(lost(agent, { from, to: world.time.now - 1_000 })).toBe(0);
    expect(world.a.route(world.b.id)).toMatchObject({ direct: expect.anything(), relay: false });
    expect(share(world.b, from)).toBeGreaterThan(0.98);
  });

  test("costs no more sockets than it needs", () => {
    const world = newTwoAgents({ nats: [ending(60_000), ending(60_000)], measures: true });
    talk(world, 7 * MINUTE_MS);
    world.time.run(14 * MINUTE_MS);
    expect(world.a.openSockets).toBeLessThanOrEqual(5);
    world.time.run(4 * MINUTE_MS);
    expect(world.a.openSockets).toBeLessThanOrEqual(3);
  });
});

test("a path through NATs that end nothing stays where it is", { timeout: TIMEOUT_MS }, () => {
  const world = newTwoAgents({ nats: [EIM, EIM], measures: true });
  talk(world, 10 * MINUTE_MS);
  world.time.run(10 * MINUTE_MS);
  expect(world.a.measured?.absoluteLifetimeMs).toBeUndefined();
  expect(new Set(world.a.changes.flatMap(({ route }) => route.direct?.socket ?? []))).toEqual(new Set([0]));
});

describe("a peer's word that it moves", () => {
  const [HOME, ELSEWHERE, STRANGER] = ["203.0.113.5:1000", "203.0.113.5:2000", "192.0.2.66:7"];

  test("is followed to a pong from there, and not before", () => {
    const { clock, id } = newPath();
    clock.note(id, "moving", [entry(ELSEWHERE)]);
    clock.advance(100);
    expect(directTo(clock, id)).toBe(1_000);
    const ping = clock.pings().find(({ to }) => to.port === 2_000);
    clock.pong(ping!);
    expect(directTo(clock, id)).toBe(2_000);
  });

  test("costs an address that is not its own nothing, and its own a few pings each two seconds", () => {
    const { clock, id } = newPath();
    clock.note(id, "moving", [entry(STRANGER)]);
    clock.advance(100);
    expect(clock.probes.some(({ to }) => to.address === "192.0.2.66")).toBe(false);
    for (let port = 2_001; port < 2_200; port++) {
      clock.note(id, "moving", [entry(`203.0.113.5:${port}`)]);
      clock.advance(10);
    }
    expect(clock.pings().filter(({ to }) => to.port > 2_000).length).toBeLessThanOrEqual(16);
    expect(directTo(clock, id)).toBe(1_000);
  });

  function newPath() {
    const clock = new HandClock();
    const id = clock.addPeer(1, [HOME]);
    clock.plan(id);
    clock.pong(clock.pings()[0]!);
    expect(directTo(clock, id)).toBe(1_000);
    return { clock, id };
  }

  const directTo = (clock: HandClock, id: DeviceId) => clock.engine.snapshot(id)?.route.direct?.endpoint.port;
  const entry = (text: string) => {
    const [address = "", port] = text.split(":");
    return { endpoint: { address, port: Number(port) }, port: 0 };
  };
});

function talk({ a, b }: TwoAgents, forMs: number): void {
  a.sendTraffic(b.id, { everyMs: EVERY_MS, forMs });
  b.sendTraffic(a.id, { everyMs: EVERY_MS, forMs });
}

/** Packets of that time that have not arrived by any way. */
function lost({ arrivals }: SimAgent, { from, to }: { readonly from: number; readonly to: number }): number {
  const sent = new Set(arrivals.map(({ sentAt }) => sentAt).filter((at) => at >= from && at < to));
  return Math.floor((to - from) / EVERY_MS) - sent.size;
}

/** Of what arrived since then, what came directly. */
function share({ arrivals }: SimAgent, from: number): number {
  const since = arrivals.filter(({ at }) => at >= from);
  return since.filter(({ via }) => via === "direct").length / since.length;
}
