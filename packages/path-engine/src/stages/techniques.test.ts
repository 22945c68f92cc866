/** What simultaneous sending cannot open: real engines behind simulated NATs. */
import { CLASSIC_NATS, type ClassicNat, NAT_CLASSES } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { newTwoAgents, type TwoAgents } from "../testing/index.ts";

describe("a pair of hard NATs", () => {
  test.each([
    ["F", "R"],
    ["E3", "R"],
    ["E3", "Q"],
    ["As", "Q"],
    ["Q", "Q"],
    ["As", "R"],
    ["A2", "R"],
    ["Rf", "Rf"],
  ] as const)("%s and %s becomes direct, and closes the sockets that nobody uses", (one, other) => {
    const world = newTwoAgents({ nats: [NAT_CLASSES[one], NAT_CLASSES[other]], seed: 2 });
    talk(world, 60_000);
    world.time.run(10_000);
    for (const [agent, peer] of bothOf(world)) {
      expect(agent.route(peer.id)).toMatchObject({ direct: {}, relay: false });
      // Those with proof of a way may be what the other side uses.
      expect(agent.openSockets).toBeLessThanOrEqual(1 + 16);
    }
    world.time.run(50_000);
    for (const [agent, peer] of bothOf(world)) {
      expect(agent.route(peer.id)).toMatchObject({ direct: {}, relay: false });
      expect(agent.openSockets).toBeLessThanOrEqual(4);
    }
  });

  // Each prediction meets a stranger's flow now and then.
  test.each<[ClassicNat, ClassicNat, number]>([
    ["EI-PP-PD", "PD-PC-PD", 1],
    ["AD-PC-PD", "AD-PC-PD", 1],
    ["PD-PC-PD", "PD-PC-PD", 1],
    ["PD-PC-EI", "PD-PC-PD", 3],
  ])("%s and %s meets within %d s although every fifth port is a stranger's", (one, other, seconds) => {
    for (let seed = 1; seed <= 10; seed++) {
      const background = { share: 0.2 };
      const nats = [
        { ...CLASSIC_NATS[one], background },
        { ...CLASSIC_NATS[other], background },
      ] as const;
      const world = newTwoAgents({ nats, seed });
      talk(world, seconds * 1_000);
      const isDirect = () => bothOf(world).every(([agent, peer]) => agent.route(peer.id)?.direct !== undefined);
      expect(world.time.runUntilTrue(isDirect, seconds * 1_000), `seed ${seed}`).toBe(true);
    }
  });
});

describe("a spray", () => {
  test("makes no more entries than a router bears, and ends with the first answer", () => {
    const world = newTwoAgents({ nats: [NAT_CLASSES.E3, NAT_CLASSES.R], seed: 2 });
    talk(world, 10_000);
    world.time.run(10_000);
    for (const router of world.routers) expect(router?.nat()?.usage().sessionsMade).toBeLessThanOrEqual(1_300);
  });

  test("goes to no address that the server has not seen the peer at", () => {
    const world = newTwoAgents({ nats: [NAT_CLASSES.E3, NAT_CLASSES.R], seed: 2 });
    world.coordinator.provesAddresses = false;
    talk(world, 10_000);
    world.time.run(10_000);
    for (const [agent, peer] of bothOf(world)) {
      expect(agent.route(peer.id)?.direct).toBeUndefined();
      expect(new Set(agent.probes.map(({ to }) => to.port)).size).toBeLessThan(20);
    }
  });
});

function talk({ a, b }: TwoAgents, forMs: number): void {
  a.sendTraffic(b.id, { everyMs: 100, forMs });
  b.sendTraffic(a.id, { everyMs: 100, forMs });
}

function bothOf({ a, b }: TwoAgents) {
  return [
    [a, b],
    [b, a],
  ] as const;
}
