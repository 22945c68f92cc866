/** Two real engines meet through simulated networks: what must become direct does, and nothing else moves a path. */
import { CLASSIC_NATS, NAT_CLASSES } from "@pinhole/natsim";
import { attemptTraceSchema } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { addRouter, introduce, newTwoAgents, newWorld, profileOf, SimAgent, type TwoAgents } from "./testing/index.ts";
import { MAX_TRACE_BYTES } from "./trace-recorder.ts";

const PATH_RTT_MS = 50;
/** Request to the server, and from then to the start: its way to both, and the margin. */
const UNTIL_START_MS = 25 + 25 + 10;

const EIM = CLASSIC_NATS["EI-RD-PD"];

describe("a pair of NATs", () => {
  test.each([
    ["O", "O"],
    ["O", "F"],
    ["O", "E1"],
    ["O", "E3"],
    ["F", "F"],
    ["F", "E1"],
    ["F", "E3"],
    ["E1", "E1"],
    ["E1", "E3"],
    ["E3", "E3"],
  ] as const)("%s and %s is direct one round trip after the start", (one, other) => {
    const world = newTwoAgents({ nats: [NAT_CLASSES[one], NAT_CLASSES[other]] });
    expect(timeToDirect(world)).toBeLessThanOrEqual(UNTIL_START_MS + PATH_RTT_MS + 1);
  });

  // The easy side learns the hard side's endpoint from its first ping, and only then can ask for itself.
  test.each([
    ["O", "R"],
    ["E1", "R"],
  ] as const)("%s and %s is direct one way later, through the endpoint that the first ping shows", (one, other) => {
    const world = newTwoAgents({ nats: [NAT_CLASSES[one], NAT_CLASSES[other]] });
    expect(timeToDirect(world)).toBeLessThanOrEqual(UNTIL_START_MS + 1.5 * PATH_RTT_MS + 1);
    expect(world.a.engine.snapshot(world.b.id)?.path).toMatchObject({
      kind: "direct",
      remoteCandidate: "peer-reflexive",
    });
    expect(world.b.engine.snapshot(world.a.id)?.path).toMatchObject({ localCandidate: "peer-reflexive" });
  });

  test.each([["R", "R", "both_symmetric"]] as const)(
    "%s and %s stays relayed, says why, and goes on trying",
    (one, other, code) => {
      const world = newTwoAgents({ nats: [NAT_CLASSES[one], NAT_CLASSES[other]] });
      talk(world, 180_000);
      world.time.run(180_000);
      const { path, route, reason } = world.a.engine.snapshot(world.b.id)!;
      expect({ kind: path.kind, route, code: reason?.code }).toEqual({ kind: "relay", route: { relay: true }, code });
      expect(world.a.changes.every(({ route }) => route.direct === undefined)).toBe(true);
      expect(world.a.arrivals.length + world.b.arrivals.length).toBeGreaterThan(3_500);
      // 3 s of attempt and 5, 10, 20, 40, 60 s of patience, of two sides that ask on their own.
      expect(world.coordinator.requests.length).toBeGreaterThanOrEqual(5);
      expect(world.coordinator.requests.length).toBeLessThanOrEqual(12);
    },
  );

  test.each([
    { clockErrorMs: 25, clockSkewMs: 0 },
    { clockErrorMs: -25, clockSkewMs: 0 },
    { clockErrorMs: 0, clockSkewMs: -500_000 },
    { clockErrorMs: 7, clockSkewMs: 123_456_789 },
  ])("meets although one clock is off by %j", (clock) => {
    const world = newTwoAgents({ nats: [EIM, EIM], ...clock });
    expect(timeToDirect(world)).toBeLessThanOrEqual(
      UNTIL_START_MS + PATH_RTT_MS + 2 * Math.abs(clock.clockErrorMs) + 10,
    );
  });

  test("at 5 % loss each way and 100 ms round trip is direct within 1.5 s, whatever the seed", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const world = newTwoAgents({ nats: [EIM, EIM], line: { delayMs: 25, loss: 0.025 }, seed });
      expect(timeToDirect(world), `seed ${seed}`).toBeLessThanOrEqual(1_500);
    }
  });
});

describe("a LAN", () => {
  test("behind one NAT wins at once", () => {
    const { world, a, b } = newNeighbours();
    talk({ ...world, a, b }, 5_000);
    world.time.run(5_000);
    expect(a.engine.snapshot(b.id)?.path).toMatchObject({
      kind: "direct",
      type: "lan",
      endpoint: "192.168.1.11:41641",
    });
    expect(b.engine.snapshot(a.id)?.path).toMatchObject({ kind: "direct", type: "lan" });
  });

  test("with the same prefix as another one far away is tried, and the stranger there is not believed", () => {
    const world = newTwoAgents({ nats: [EIM, EIM] });
    const { network } = world;
    const answers: Uint8Array[] = [];
    // A machine in our LAN holds the address that the peer has in its own.
    const { lan } = world.routers[0]!;
    const stranger = network.addHost({ name: "stranger", interfaces: [{ segment: lan, addresses: ["192.168.1.11"] }] });
    const socket = stranger.openSocket({
      port: 41_641,
      onDatagram: (from, bytes) => {
        answers.push(bytes);
        socket.send(from, bytes);
      },
    });
    timeToDirect(world);
    expect(answers.length).toBeGreaterThan(0);
    expect(world.a.engine.snapshot(world.b.id)?.path).toMatchObject({
      type: "punched",
      endpoint: expect.stringMatching(/^203/),
    });
  });
});

describe("IPv6", () => {
  test("behind two firewalls is preferred to a punched IPv4 path of about the same round trip", () => {
    const world = newWorld(3);
    const line = { delayMs: 12 };
    const agents = [1, 2].map((site) => {
      const v4 = addRouter(world.network, { nat: EIM, address: `203.0.113.${site}`, line: { delayMs: 11 } });
      const v6 = addRouter(world.network, { nat: NAT_CLASSES.F, address: `2001:db8:${site}::5`, line });
      return new SimAgent(world, {
        name: `site ${site}`,
        places: [
          { segment: v4.lan, endpoint: { address: `10.${site}.0.2`, port: 7_000 } },
          { segment: v6.lan, endpoint: { address: `2001:db8:${site}::5`, port: 7_001 } },
        ],
        natProfile: profileOf(EIM),
        serverDelayMs: 20,
      });
    });
    const [a, b] = agents as [SimAgent, SimAgent];
    introduce(world, agents);
    talk({ ...world, a, b }, 60_000, 1_000);
    world.time.run(60_000);
    expect(a.engine.snapshot(b.id)?.path).toMatchObject({
      kind: "direct",
      type: "ipv6",
      endpoint: "[2001:db8:2::5]:7001",
    });
    // Punched first or not at all, then IPv6, and there it stays.
    expect(new Set(a.changes.map(({ state }) => state.type)).size).toBeLessThanOrEqual(3);
    expect(a.changes.length).toBeLessThanOrEqual(4);
  });
});

describe("a direct path that dies", () => {
  test("has its packets on the relay within 1.1 s, is given up a second later, and comes back", () => {
    const world = newDirect();
    const { time, network, a, b } = world;
    const diedAt = time.now;
    network.internet.blackhole = () => true;
    time.run(4_000);
    const suspectAt = a.changes.find(({ at, route }) => at > diedAt && route.relay)?.at ?? Number.POSITIVE_INFINITY;
    const deadAt =
      a.changes.find(({ at, route }) => at > diedAt && route.direct === undefined)?.at ?? Number.POSITIVE_INFINITY;
    expect(suspectAt - diedAt).toBeLessThanOrEqual(1_150);
    expect(deadAt - diedAt).toBeLessThanOrEqual(2_150);
    expect(longestGap(b, diedAt - 500)).toBeLessThanOrEqual(1_250);
    expect(world.coordinator.requests.some(({ at, trigger }) => at > diedAt && trigger === "path-lost")).toBe(true);

    network.internet.blackhole = () => false;
    const backAfter = waitForDirect(world, 30_000);
    expect(backAfter).toBeLessThanOrEqual(15_000);
    time.run(3_000);
    expect(b.arrivals.at(-1)?.via).toBe("direct");
  });

  test("in one direction only is given up on both sides, although packets still come in", () => {
    const world = newDirect();
    const { time, network, a, b } = world;
    network.internet.blackhole = ({ source }) => source.address === "203.0.113.1";
    time.run(3_500);
    expect([a.route(b.id)?.direct, b.route(a.id)?.direct]).toEqual([undefined, undefined]);
    time.run(20_000);
    expect([a.route(b.id), b.route(a.id)]).toEqual([{ relay: true }, { relay: true }]);
    expect(a.engine.snapshot(b.id)?.reason).toEqual({ code: "one_way_b_to_a", measured: true });
  });

  test("because its NAT has rebooted is replaced", () => {
    const world = newDirect();
    const { time, a, b } = world;
    world.routers[0]!.reboot();
    const brokenAt = time.now;
    time.run(6_000);
    expect(a.route(b.id)?.direct).toBeDefined();
    expect(b.route(a.id)?.direct).toBeDefined();
    expect(longestGap(b, brokenAt - 500)).toBeLessThanOrEqual(1_300);
  });

  test("comes back without the dashboard, because both sides go on probing", () => {
    const world = newDirect();
    const { time, network, coordinator, a, b } = world;
    coordinator.isUp = false;
    network.internet.blackhole = () => true;
    time.run(8_000);
    expect(a.route(b.id)?.direct).toBeUndefined();
    network.internet.blackhole = () => false;
    expect(waitForDirect(world, 40_000)).toBeLessThanOrEqual(20_000);
    expect(coordinator.traces.filter(({ trace }) => trace.outcome !== "direct")).toEqual([]);
  });
});

describe("a direct path that is not used", () => {
  test("stays for an hour behind NATs that forget after 30 s, on one ping in 15 s", () => {
    const forgetful = { ...EIM, timeouts: { unrepliedMs: 30_000, assuredMs: 30_000 }, refresh: "out" } as const;
    const world = newTwoAgents({ nats: [forgetful, forgetful] });
    const { time, a, b } = world;
    talk(world, 2_000);
    time.run(20_000);
    const changes = a.changes.length;
    const probes = a.probes.length;
    time.run(3_600_000);
    expect([a.changes.length, a.route(b.id)?.relay]).toEqual([changes, false]);
    // Its own ping and the pong to the peer's.
    expect(a.probes.length - probes).toBeLessThanOrEqual(2 * (3_600 / 15) + 10);
  });

  test("goes when the peer is gone, and nothing is sent after it for ever", () => {
    const world = newTwoAgents({ nats: [EIM, EIM] });
    const { time, network, coordinator, a, b } = world;
    talk(world, 2_000);
    time.run(10_000);
    coordinator.setOnline(b.id, false);
    network.internet.blackhole = () => true;
    time.run(60_000);
    expect(a.engine.snapshot(b.id)).toMatchObject({
      path: { kind: "none" },
      reason: { code: "peer_offline", side: "peer" },
    });
    time.run(120_000);
    const probes = a.probes.length;
    time.run(600_000);
    expect(a.probes.length).toBe(probes);
  });
});

describe("an attacker on the path", () => {
  test("who replays everything from elsewhere gets no packet and moves nothing", () => {
    const world = newDirect();
    const { time, a, b } = world;
    const elsewhere = { address: "192.0.2.66", port: 666 };
    const before = b.engine.snapshot(a.id)!;
    const changes = b.changes.length;
    // What has arrived: not what went to the peer's address in our own LAN, nor what may still be on its way.
    const arrived = a.probes.filter(({ at, to }) => to.address === "203.0.113.2" && at < time.now - 100);
    expect(arrived.length).toBeGreaterThan(10);
    for (const { bytes } of arrived) expect(b.inject(0, elsewhere, bytes)).toBe("not-ours");
    time.run(5_000);
    expect(b.probes.some(({ to }) => to.address === elsewhere.address)).toBe(false);
    expect(b.changes.length).toBe(changes);
    expect(b.engine.snapshot(a.id)?.route).toEqual(before.route);
  });

  test("who flips a bit or makes probes up is not answered", () => {
    const world = newDirect();
    const { time, random, a, b } = world;
    const sent = b.probes.length;
    const from = { address: "192.0.2.66", port: 666 };
    const sample = a.probes.at(-1)!.bytes;
    for (let at = 0; at < sample.length; at++)
      expect(b.inject(0, from, sample.with(at, sample[at]! ^ 0x10))).toBe("not-ours");
    for (let n = 0; n < 200; n++) {
      const forged = random.bytes(64);
      forged.set(sample.subarray(0, 8));
      expect(b.inject(0, from, forged)).toBe("not-ours");
    }
    expect(b.probes.length).toBe(sent);
    time.run(3_000);
    expect(b.probes.every(({ to }) => to.address !== from.address)).toBe(true);
  });

  // What WireGuard's roaming and every engine that moves on receipt fall for.
  test("who forwards a fresh ping from another source learns nothing but a pong, and the path stays", () => {
    const world = newDirect();
    const { time, network, a, b } = world;
    const attacker = { address: "192.0.2.66", port: 666 };
    const route = b.route(a.id);
    network.internet.blackhole = ({ bytes, source, destination }) => {
      if (source.address !== "203.0.113.1" || bytes[0] !== 4) return false;
      if (destination.address !== "203.0.113.2") return false;
      b.inject(0, attacker, bytes);
      return true;
    };
    time.run(1_200);
    network.internet.blackhole = () => false;
    time.run(10_000);
    expect(b.changes.some(({ route }) => route.direct?.endpoint.address === attacker.address)).toBe(false);
    expect(b.route(a.id)).toEqual(route);
    // Two for each packet that was diverted, pong and triggered check: the attacker gains nothing to aim with.
    expect(b.probes.filter(({ to }) => to.address === attacker.address).length).toBeLessThanOrEqual(12);
  });
});

describe("a steady path", () => {
  test.each([{ seed: 1 }, { seed: 2 }])(
    "with loss and jitter changes at most once a minute in ten ($seed)",
    ({ seed }) => {
      const line = { delayMs: 12, jitterMs: 15, loss: 0.05 };
      const world = newTwoAgents({ nats: [EIM, EIM], line, seed });
      const { time, a, b } = world;
      talk(world, 620_000, 1_000);
      expect(waitForDirect(world, 10_000)).toBeLessThan(10_000);
      const before = a.changes.length;
      time.run(600_000);
      const moves = a.changes.slice(before).filter(({ route, state }, at, all) => {
        const previous = all[at - 1] ?? a.changes[before - 1];
        return (
          previous?.state.kind !== state.kind ||
          previous.state.endpoint !== state.endpoint ||
          route.direct === undefined
        );
      });
      expect(moves.length).toBeLessThanOrEqual(1);
      expect(a.engine.snapshot(b.id)?.path.kind).toBe("direct");
    },
  );

  test("reports round trip and loss as they are", () => {
    const world = newTwoAgents({ nats: [undefined, undefined], line: { delayMs: 20, loss: 0.05 } });
    talk(world, 120_000, 1_000);
    world.time.run(120_000);
    const { rttMs, lossRatio } = world.a.engine.snapshot(world.b.id)!;
    expect(rttMs).toBeCloseTo(80, 0);
    // A ping is lost with 1 - 0.95^4 = 19 %.
    expect(lossRatio).toBeGreaterThan(0.03);
    expect(lossRatio).toBeLessThan(0.45);
  });
});

describe("traces", () => {
  test("of both sides of every attempt are valid, small and on one clock", () => {
    const world = newTwoAgents({ nats: [EIM, EIM], clockSkewMs: 77_777 });
    timeToDirect(world);
    world.time.run(1_000);
    const { traces } = world.coordinator;
    expect(traces.map(({ from }) => from).toSorted()).toEqual([world.a.id, world.b.id].toSorted());
    for (const { trace } of traces) {
      expect(attemptTraceSchema.safeParse(trace).error).toBeUndefined();
      expect(Buffer.byteLength(JSON.stringify(trace))).toBeLessThanOrEqual(MAX_TRACE_BYTES);
      expect(trace).toMatchObject({ outcome: "direct", rttMs: PATH_RTT_MS });
      const at = Object.fromEntries(trace.events.map(({ kind, atMs }) => [kind, Math.round(atMs)]));
      expect(at).toMatchObject({ started: 0, "path-verified": PATH_RTT_MS, "path-selected": PATH_RTT_MS });
    }
    expect(new Set(traces.map(({ trace }) => trace.attemptId)).size).toBe(1);
  });

  test("of a failed attempt say so", () => {
    const world = newTwoAgents({ nats: [NAT_CLASSES.R, NAT_CLASSES.R] });
    talk(world, 5_000);
    world.time.run(5_000);
    expect(world.coordinator.traces.map(({ trace }) => trace.outcome)).toEqual(["no-path", "no-path"]);
    expect(world.coordinator.traces[0]?.trace.events.at(-1)).toMatchObject({ kind: "gave-up", note: "no-pong" });
  });
});

test("the same seed gives the same run, another one another", () => {
  const run = (seed: number): string => {
    const line = { delayMs: 12, jitterMs: 10, loss: 0.1 };
    const world = newTwoAgents({ nats: [EIM, NAT_CLASSES.R], line, seed });
    talk(world, 30_000);
    world.time.run(30_000);
    return JSON.stringify([
      world.a.probes.map(({ at, bytes }) => [at, [...bytes]]),
      world.coordinator.traces,
      world.b.changes,
    ]);
  };
  expect(run(5)).toBe(run(5));
  expect(run(5)).not.toBe(run(6));
});

/** From the first packet until both sides send directly. */
function timeToDirect(world: TwoAgents): number {
  const { time, a, b } = world;
  const startedAt = time.now;
  a.sendTraffic(b.id, { everyMs: 100, forMs: 30_000 });
  waitForDirect(world, 30_000);
  return time.now - startedAt;
}

function waitForDirect({ time, a, b }: TwoAgents, timeoutMs: number): number {
  const startedAt = time.now;
  const isHealthy = (one: SimAgent, other: SimAgent): boolean => {
    const route = one.route(other.id);
    return route?.direct !== undefined && !route.relay;
  };
  time.runUntilTrue(() => isHealthy(a, b) && isHealthy(b, a), timeoutMs);
  return time.now - startedAt;
}

function talk({ a, b }: Pick<TwoAgents, "a" | "b">, forMs: number, everyMs = 100): void {
  a.sendTraffic(b.id, { everyMs, forMs });
  b.sendTraffic(a.id, { everyMs, forMs });
}

/** A pair that talks over a direct path, five seconds in. */
function newDirect(): TwoAgents {
  const world = newTwoAgents({ nats: [EIM, EIM] });
  talk(world, 600_000);
  world.time.run(5_130);
  expect(world.a.route(world.b.id)?.direct).toBeDefined();
  return world;
}

function newNeighbours() {
  const world = newWorld(1);
  const { lan } = addRouter(world.network, { nat: EIM, address: "203.0.113.1", line: { delayMs: 10 } });
  const [a, b] = [10, 11].map(
    (host) =>
      new SimAgent(world, {
        name: `host ${host}`,
        places: [{ segment: lan, endpoint: { address: `192.168.1.${host}`, port: 41_641 }, line: { delayMs: 0.25 } }],
        connectedPrefixes: [`192.168.1.${host}/24`],
        natProfile: profileOf(EIM),
        serverDelayMs: 10,
      }),
  ) as [SimAgent, SimAgent];
  introduce(world, [a, b]);
  return { world, a, b };
}

/** The longest time without a packet, from `since` to now. */
function longestGap({ arrivals }: SimAgent, since: number): number {
  const times = arrivals.map(({ at }) => at).filter((at) => at >= since);
  return Math.max(...times.map((at, n) => at - (times[n - 1] ?? since)));
}
