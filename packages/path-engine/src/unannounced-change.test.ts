/** What only silence tells of: nothing says that the network has changed. */
import { CLASSIC_NATS, NAT_CLASSES, type NatOptions } from "@pinhole/natsim";
import { expect, test } from "vitest";
import { newTwoAgents, type TwoAgents } from "./testing/index.ts";

const EIM = CLASSIC_NATS["EI-PP-PD"];
const SEEDS = [1, 2, 3, 4, 5, 6];

test.each(SEEDS)("a path whose NAT has another address is another within two seconds (%i)", (seed) => {
  const world = newDirect([EIM, EIM], seed);
  const { time, a, b } = world;
  world.routers[0]!.renumber(["203.0.113.99"]);
  const isFound = (): boolean => b.route(a.id)?.direct?.endpoint.address === "203.0.113.99" && isOnDirectOnly(world);
  expect(time.runUntilTrue(isFound, 2_000)).toBe(true);
});

// The peer hears from the other port at once, and the answers to its own pings are late.
test.each(SEEDS)("a path whose NAT shows another port is another within a second (%i)", (seed) => {
  const world = newDirect([CLASSIC_NATS["PD-RD-PD"], NAT_CLASSES.O], seed);
  const { time, a, b } = world;
  const before = b.route(a.id)?.direct?.endpoint.port;
  world.routers[0]!.reboot();
  const isFound = (): boolean => b.route(a.id)?.direct?.endpoint.port !== before && isOnDirectOnly(world);
  expect(time.runUntilTrue(isFound, 1_000)).toBe(true);
});

test("a peer that is heard by two ways at once is no reason to leave the one in use", () => {
  const world = newDirect([NAT_CLASSES.O, NAT_CLASSES.O], 1);
  const { time, a, b } = world;
  const before = a.changes.length;
  const from = { address: "203.0.113.2", port: 7 };
  for (let n = 0; n < 50; n++) {
    a.engine.onDataReceived(b.id, { socket: 0, endpoint: from });
    time.run(100);
  }
  expect(a.changes.length).toBe(before);
});

function isOnDirectOnly({ a, b }: TwoAgents): boolean {
  return [a.route(b.id), b.route(a.id)].every((route) => route?.direct !== undefined && !route.relay);
}

/** Both talk ten times a second. */
function newDirect(nats: readonly [NatOptions | undefined, NatOptions | undefined], seed: number): TwoAgents {
  const world = newTwoAgents({ nats, seed, measures: true });
  const { time, a, b } = world;
  a.sendTraffic(b.id, { everyMs: 100, forMs: 60_000 });
  b.sendTraffic(a.id, { everyMs: 100, forMs: 60_000 });
  expect(time.runUntilTrue(() => isOnDirectOnly(world), 20_000)).toBe(true);
  time.run(3_000 + ((seed * 137) % 500));
  return world;
}
