// What a peer names is where we send: these try to make it name what it must not.
import { describe, expect, test } from "vitest";
import { HandClock } from "../testing/hand-clock.ts";

const OVERLAY = "100.90.0.0/16";
const PEER_OVERLAY = "fd7a:115c::/48";

/** Places that no peer may aim at, in the ways that parsers elsewhere have read as them. */
const DENIED = [
  // Loopback.
  "127.0.0.1:9",
  "127.1.2.3:9",
  "127.255.255.255:9",
  "[::1]:9",
  "[0:0:0:0:0:0:0:1]:9",
  "[0000:0000:0000:0000:0000:0000:0000:0001]:9",
  "[::0001]:9",
  "[::ffff:127.0.0.1]:9",
  "[::ffff:7f00:1]:9",
  "[0:0:0:0:0:ffff:7f00:0001]:9",
  "[::FFFF:127.0.0.1]:9",
  "127.1:9",
  "127.0.1:9",
  "2130706433:9",
  "0x7f000001:9",
  "0x7f.0.0.1:9",
  "0177.0.0.1:9",
  "017700000001:9",
  "127.0.0.01:9",
  "localhost:9",
  "[localhost]:9",
  "127.0.0.1.:9",
  " 127.0.0.1:9",
  "127.0.0.1 :9",
  "127。0。0。1:9",
  "①②⑦.0.0.1:9",
  "[::1%lo]:9",
  "[127.0.0.1]:9",
  "[::127.0.0.1]:9",
  "[::7f00:1]:9",
  "[64:ff9b::127.0.0.1]:9",
  "[64:ff9b::7f00:1]:9",
  "[2002:7f00:1::]:9",
  // The cloud's metadata services, and everything else on the link.
  "169.254.169.254:80",
  "169.254.0.1:9",
  "[::ffff:169.254.169.254]:80",
  "[::ffff:a9fe:a9fe]:80",
  "[64:ff9b::169.254.169.254]:80",
  "0xa9fea9fe:80",
  "2852039166:80",
  "[fe80::1]:9",
  "[fe80::1%eth0]:9",
  "[febf:ffff::1]:9",
  // Many at once.
  "224.0.0.1:9",
  "239.255.255.250:1900",
  "[::ffff:224.0.0.1]:9",
  "[ff02::1]:9",
  "[ff05::c]:1900",
  "[FF0E::1]:9",
  "255.255.255.255:9",
  "240.0.0.1:9",
  "[::ffff:255.255.255.255]:9",
  // Nowhere, which some systems read as here.
  "0.0.0.0:9",
  "0.1.2.3:9",
  "0:9",
  "[::]:9",
  "[0:0:0:0:0:0:0:0]:9",
  "[::ffff:0.0.0.0]:9",
  ":9",
  "[]:9",
  // Our own overlay and the peer's addresses in it: the tunnel would run through itself.
  "100.90.0.1:9",
  "100.90.255.255:9",
  "[::ffff:100.90.0.1]:9",
  "[fd7a:115c::1]:9",
  "[FD7A:115C:0::2]:9",
  // Machines in networks that we have nothing to do with.
  "10.0.0.1:9",
  "172.16.0.1:9",
  "192.168.7.1:9",
  "[::ffff:10.0.0.1]:9",
  "[::ffff:c0a8:701]:9",
  "100.64.0.1:9",
  "192.0.0.1:9",
  "198.18.0.1:9",
  "[fd00::1]:9",
  "[fc00::1]:9",
  "[fec0::1]:9",
  "[64:ff9b:1::1]:9",
  // No port.
  "203.0.113.9:0",
  "203.0.113.9:65536",
  "203.0.113.9:-1",
  "203.0.113.9:",
  "203.0.113.9",
];

describe("a place that no peer may aim at", () => {
  test.each(DENIED)("%s is sent nothing, named as a candidate of any kind", (endpoint) => {
    const world = newWorld();
    const kinds = ["host", "server-reflexive", "peer-reflexive", "mapped"] as const;
    const id = world.addPeer(1, [], {
      candidates: kinds.map((kind) => ({ kind, endpoint })),
      overlayPrefixes: [PEER_OVERLAY],
    });
    pressOn(world, id);
    expect(world.probes).toEqual([]);
  });

  test("they are seventy and more, and a place that may be named is sent to", () => {
    expect(new Set(DENIED).size).toBeGreaterThanOrEqual(70);
    const world = newWorld();
    pressOn(world, world.addPeer(1, ["203.0.113.9:9"]));
    expect(world.pings().length).toBeGreaterThan(0);
  });
});

describe("more than sixteen candidates", () => {
  test("are no more pairs than sixteen make, and no more probes than the plan has", () => {
    const world = newWorld();
    const many = Array.from({ length: 1_000 }, (_, at) => `203.0.${at >> 8}.${at & 255}:9`);
    const id = world.addPeer(1, many);
    world.plan(id);
    world.advance(5_000);
    expect(new Set(world.pings().map(({ to }) => to.address)).size).toBeLessThanOrEqual(32);
    expect(world.pings().length).toBeLessThanOrEqual(224);
  });
});

describe("one victim, named by a thousand peers", () => {
  const VICTIM = "198.51.100.66";

  test("gets the same few packets a second from us as if one had named it", () => {
    const world = newWorld();
    for (let liar = 0; liar < 1_000; liar++) {
      const id = world.addPeer(
        liar + 1,
        [0, 1, 2].map((at) => `${VICTIM}:${1_000 + 3 * liar + at}`),
      );
      world.plan(id);
      world.engine.onTraffic(id);
    }
    world.advance(10_000);
    const perSecond = Array.from(
      { length: 10 },
      (_, second) => world.pings().filter(({ at }) => Math.floor(at / 1_000) === second).length,
    );
    expect(Math.max(...perSecond.slice(1))).toBeLessThanOrEqual(60);
    expect(world.pings().length).toBeLessThanOrEqual(120 + 10 * 50);
  });

  // What the liars have used up is not an honest peer's.
  test("costs an honest peer at another address nothing but its share of a second", () => {
    const world = newWorld();
    for (let liar = 0; liar < 100; liar++) world.plan(world.addPeer(liar + 1, [`${VICTIM}:${1_000 + liar}`]));
    world.advance(2_000);
    const honest = world.addPeer(200, ["203.0.113.9:9"]);
    world.plan(honest);
    world.advance(1_000);
    expect(world.pings().some(({ to }) => to.address === "203.0.113.9")).toBe(true);
  });

  test("and by packets that claim to come from it gets no more", () => {
    const world = newWorld();
    const ids = Array.from({ length: 50 }, (_, at) => world.addPeer(at + 1));
    for (let round = 0; round < 100; round++) {
      for (const [at, id] of ids.entries()) world.ping(id, `${VICTIM}:${1_000 + at * 100 + round}`);
      world.advance(10);
    }
    const toVictim = world.probes.filter(({ to }) => to.address === VICTIM);
    expect(toVictim.length).toBeLessThanOrEqual(2 * (120 + 50));
    expect(toVictim.length, "bytes answered for bytes received").toBeLessThanOrEqual(5_000);
  });
});

function newWorld(): HandClock {
  const world = new HandClock();
  world.setLocal({
    sockets: [
      { id: 0, family: 4 },
      { id: 1, family: 6 },
    ],
    connectedPrefixes: ["192.168.1.7/24", "fd12::1/64"],
    overlayPrefixes: [OVERLAY],
  });
  return world;
}

/** All that makes the engine send to candidates. */
function pressOn(world: HandClock, id: ReturnType<HandClock["addPeer"]>): void {
  world.plan(id);
  world.engine.onTraffic(id);
  world.advance(3_000);
  world.engine.onNetworkChange();
  world.engine.onControl(false);
  world.engine.onTraffic(id);
  world.advance(5_000);
}
