import { attemptTraceSchema } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { HandClock } from "./testing/hand-clock.ts";

const WAN = "203.0.113.5:1000";
const OTHER = "198.51.100.9:2000";

describe("a new peer", () => {
  test("is on the relay from the first packet", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    expect(clock.changes).toMatchObject([{ peerId: id, route: { relay: true }, state: { kind: "relay" } }]);
    expect([clock.probes, clock.requests]).toEqual([[], []]);
  });

  test("is asked for a plan at the first packet, and not again while one is awaited", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.engine.onTraffic(id);
    clock.advance(1_000);
    clock.engine.onTraffic(id);
    expect(clock.requests).toEqual([{ at: 0, peerId: id, trigger: "traffic" }]);
  });

  test("is asked for at once where paths are to be warm, and not when it is offline", () => {
    const clock = new HandClock({ prewarm: true });
    const id = clock.addPeer(1, [WAN]);
    clock.addPeer(2, [WAN], { online: false });
    expect(clock.requests.map(({ peerId }) => peerId)).toEqual([id]);
  });
});

describe("requests for a plan", () => {
  test("that are never answered back off to a minute, with a little chance, while there is traffic", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    keepTraffic(clock, id, 400_000);
    const waits = clock.requests.map(({ at }, n) => at - (clock.requests[n - 1]?.at ?? 0)).slice(1);
    // Each after five seconds without a plan.
    for (const [n, base] of [5, 10, 20, 40, 60, 60].entries()) {
      expect(waits[n]! / 1_000 - 5).toBeGreaterThanOrEqual(base * 0.89);
      expect(waits[n]! / 1_000 - 5).toBeLessThanOrEqual(base * 1.11);
    }
    expect(clock.engine.snapshot(id)?.reason).toEqual({ code: "signal_timeout", measured: true });
  });

  test.each([
    ["new candidates of the peer", (clock: HandClock) => void clock.addPeer(1, [WAN, OTHER])],
    ["a change of our own", (clock: HandClock) => clock.setLocal({ connectedPrefixes: ["10.0.0.0/8"] })],
    ["another network", (clock: HandClock) => clock.engine.onNetworkChange()],
    [
      "the relay's return",
      (clock: HandClock) => {
        clock.engine.onRelay(false);
        clock.engine.onRelay(true);
      },
    ],
  ])("do not wait when there is news: %s", (_, happen) => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    keepTraffic(clock, id, 60_000);
    const before = clock.requests.length;
    happen(clock);
    expect(clock.requests.slice(before)).toMatchObject([{ trigger: "network-change" }]);
  });

  test("do not come from the same measurement made again", () => {
    const clock = new HandClock();
    const natProfile = { udp: "ok", mapping: "none", filtering: "unknown", publicEndpoints: [] } as const;
    const measured = { ...natProfile, publicEndpoints: [], confidence: 0.5, measuredAt: 1 };
    clock.setLocal({ natProfile: measured });
    const id = clock.addPeer(1, [WAN]);
    keepTraffic(clock, id, 60_000);
    const before = clock.requests.length;
    clock.setLocal({ natProfile: { ...measured, confidence: 0.9, measuredAt: 2 } });
    expect(clock.requests.length).toBe(before);
  });

  test("stop with the traffic", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.engine.onTraffic(id);
    clock.advance(600_000);
    expect(clock.requests.length).toBeLessThanOrEqual(2);
    expect(clock.engine.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  });

  test("of a hundred peers at once are spread over time", () => {
    const clock = new HandClock();
    for (let seed = 1; seed <= 100; seed++) clock.engine.onTraffic(clock.addPeer(seed, [WAN]));
    expect(clock.requests.length).toBe(20);
    clock.advance(2_000);
    expect(clock.requests.length).toBeLessThanOrEqual(30);
  });

  test("may be refused within the call, and what is known of the peer is probed then", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.onRequest = () => clock.engine.onPunchRefused(id, "offline");
    keepTraffic(clock, id, 30_000);
    const rounds = new Set(clock.pings().map(({ at }) => Math.floor(at / 1_000)));
    expect(rounds.size).toBeGreaterThanOrEqual(3);
    expect(rounds.size).toBeLessThanOrEqual(5);
    expect(clock.pings().every(({ to }) => to.port === 1_000)).toBe(true);
  });

  test("are not missed when the path comes without a plan", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.engine.onTraffic(id);
    clock.ping(id, WAN);
    clock.pong(clock.pings()[0]!);
    expect(clock.engine.snapshot(id)).toMatchObject({ path: { kind: "direct" }, trying: false });
  });

  test("to a peer that is offline are not made", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN], { online: false });
    clock.engine.onTraffic(id);
    expect(clock.requests).toEqual([]);
    expect(clock.engine.snapshot(id)).toMatchObject({ path: { kind: "none" }, reason: { code: "peer_offline" } });
  });
});

describe("an attempt", () => {
  test("pings each pair at the start and then ever more seldom", () => {
    const clock = new HandClock();
    clock.plan(clock.addPeer(1, [WAN, OTHER]), { inMs: 30 });
    clock.advance(2_000);
    for (const port of [1_000, 2_000]) {
      const times = clock
        .pings()
        .filter(({ to }) => to.port === port)
        .map(({ at }) => at - 30);
      const offsets = [0, 20, 50, 100, 200, 400, 800];
      expect(times).toHaveLength(offsets.length);
      for (const [n, offset] of offsets.entries()) expect(times[n]! - offset).toBeLessThan(5.01);
      expect(times[0]).toBe(0);
    }
  });

  test("stays within the plan's budget", () => {
    const clock = new HandClock();
    clock.plan(clock.addPeer(1, [WAN, OTHER]), { maxProbes: 5 });
    clock.advance(2_000);
    expect(clock.pings()).toHaveLength(5);
  });

  test("starts without delay when its start has passed, and is not put off for ever by a wrong clock", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.plan(id, { inMs: -500 });
    expect(clock.pings()).toHaveLength(1);
    clock.advance(10_000);
    clock.plan(id, { attempt: 2, inMs: 3_600_000 });
    clock.advance(5_000);
    expect(clock.pings().length).toBeGreaterThan(7);
  });

  test("ends with a trace on both outcomes", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.plan(id);
    clock.advance(2_000);
    clock.plan(id, { attempt: 2 });
    clock.advance(10);
    clock.pong(clock.pings().at(-1)!);
    clock.advance(299);
    expect(clock.traces).toHaveLength(1);
    clock.advance(2);
    expect(clock.traces.map(({ outcome, endpoint }) => [outcome, endpoint])).toEqual([
      ["no-path", undefined],
      ["direct", WAN],
    ]);
    for (const trace of clock.traces) expect(attemptTraceSchema.safeParse(trace).success).toBe(true);
  });

  test("that a newer plan replaces, or whose peer goes, is cancelled with a trace", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    clock.plan(id);
    clock.plan(id);
    clock.plan(id, { attempt: 2 });
    clock.engine.removePeer(id);
    expect(clock.traces.map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
  });

  test("over no common family of addresses says so", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, ["[2001:db8::7]:9"]);
    clock.plan(id);
    clock.advance(2_000);
    expect(clock.pings()).toEqual([]);
    expect(clock.engine.snapshot(id)?.reason).toMatchObject({ code: "no_common_family" });
  });
});

describe("candidates that a peer names", () => {
  test.each([
    ["127.0.0.1:53", "loopback"],
    ["169.254.169.254:80", "link-local"],
    ["224.0.0.251:5353", "multicast"],
    ["255.255.255.255:9", "broadcast"],
    ["0.0.0.0:9", "unspecified"],
    ["10.1.2.3:22", "a private network that is not ours"],
    ["100.90.1.2:22", "our own overlay"],
    ["203.0.113.5:0", "no port"],
  ])("are not probed: %s, %s", (endpoint) => {
    const clock = new HandClock();
    clock.setLocal({ connectedPrefixes: ["192.168.1.7/24", "100.90.0.1/16"], overlayPrefixes: ["100.90.0.0/16"] });
    clock.plan(clock.addPeer(1, [endpoint]));
    clock.advance(2_000);
    expect(clock.pings()).toEqual([]);
  });

  test.each([
    ["on a prefix of ours", { connectedPrefixes: ["10.1.0.9/16"] }],
    ["behind our own public address", { candidates: [{ kind: "server-reflexive", endpoint: "203.0.113.5:7" }] }],
    ["in the network where the server sees us", { candidates: [{ kind: "server-reflexive", endpoint: "10.9.9.9:7" }] }],
  ] as const)("are probed in private networks %s", (_, local) => {
    const clock = new HandClock();
    clock.setLocal(local);
    clock.plan(clock.addPeer(1, ["10.1.2.3:22", WAN]));
    clock.advance(2_000);
    expect(clock.pings().some(({ to }) => to.address === "10.1.2.3")).toBe(true);
  });

  // A team of liars, all naming one victim.
  test("reach one address at a bounded rate, however many peers name it", () => {
    const clock = new HandClock();
    for (let seed = 1; seed <= 60; seed++) {
      clock.plan(
        clock.addPeer(
          seed,
          Array.from({ length: 16 }, (_, n) => `203.0.113.5:${seed * 20 + n + 1}`),
        ),
      );
    }
    clock.advance(1_000);
    expect(clock.pings().length).toBeLessThanOrEqual(170);
  });

  test("reach all addresses together at a bounded rate", () => {
    const clock = new HandClock();
    for (let seed = 1; seed <= 60; seed++) {
      clock.plan(
        clock.addPeer(
          seed,
          Array.from({ length: 16 }, (_, n) => `203.0.${seed}.${n + 1}:9`),
        ),
      );
    }
    clock.advance(1_000);
    expect(clock.pings().length).toBeLessThanOrEqual(400);
  });
});

describe("a ping of a peer", () => {
  test("from anywhere is answered where it came from, and asked back at once", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    expect(clock.ping(id, OTHER)).toBe("probe");
    expect(clock.probes.map(({ to, message }) => [to.port, message.kind])).toEqual([
      [2_000, "pong"],
      [2_000, "ping"],
    ]);
    expect(clock.probes[0]?.message).toMatchObject({ observed: { address: "198.51.100.9", port: 2_000 } });
    expect(clock.engine.snapshot(id)?.route).toEqual({ relay: true });
  });

  test("from a place where nothing is sent is not answered", () => {
    const clock = new HandClock();
    clock.setLocal({ overlayPrefixes: ["100.90.0.0/16"] });
    const id = clock.addPeer(1);
    for (const from of ["127.0.0.1:5", "100.90.1.1:5", "224.0.0.1:5"]) clock.ping(id, from);
    expect(clock.probes).toEqual([]);
  });

  test("from ever new ports teaches sixteen endpoints and no more", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1);
    for (let port = 1; port <= 100; port++) {
      clock.ping(id, `198.51.100.9:${port}`);
      clock.advance(20);
    }
    const before = clock.pings().length;
    clock.engine.onNetworkChange();
    clock.plan(id);
    expect(clock.pings().length - before).toBeLessThanOrEqual(16);
  });

  test("at a flood's rate is answered at a bounded one", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1, [WAN]);
    for (let n = 0; n < 1_000; n++) {
      clock.now += 1;
      clock.ping(id, WAN);
    }
    expect(clock.probes.filter(({ message }) => message.kind === "pong").length).toBeLessThanOrEqual(170);
    expect(clock.pings().length).toBeLessThanOrEqual(170);
  });
});

describe("a pong", () => {
  test("to our ping from where it went moves the path there", () => {
    const clock = newProbing();
    clock.pong(clock.pings()[0]!);
    expect(clock.changes.at(-1)).toMatchObject({
      route: { direct: { socket: 0, endpoint: { address: "203.0.113.5", port: 1_000 } }, relay: false },
      state: { kind: "direct", type: "punched", endpoint: WAN, rttMs: 10 },
    });
  });

  test.each([
    ["to another socket", { socket: 1 }],
    ["to a ping that was never sent", { txId: new Uint8Array(8).fill(0xee) }],
  ])("%s moves nothing", (_, difference) => {
    const clock = newProbing();
    clock.setLocal({
      sockets: [
        { id: 0, family: 4 },
        { id: 1, family: 4 },
      ],
    });
    clock.pong(clock.pings()[0]!, difference);
    expect(clock.changes.every(({ route }) => route.direct === undefined)).toBe(true);
  });

  // A NAT that maps by endpoint answers from another port; whatever it came from, it is the peer's word that the ping arrived.
  test.each([
    ["another port", { address: "203.0.113.5", port: 1_001 }],
    ["another address", { address: "198.51.100.9", port: 2_000 }],
  ])("from %s proves the endpoint that was pinged, and not that one", (_, from) => {
    const clock = newProbing();
    clock.pong(clock.pings()[0]!, { from });
    expect(clock.changes.at(-1)?.route.direct?.endpoint).toEqual({ address: "203.0.113.5", port: 1_000 });
  });

  test("that comes too late moves nothing", () => {
    const clock = newProbing();
    clock.now += 5_001;
    clock.pong(clock.pings()[0]!);
    expect(clock.changes.every(({ route }) => route.direct === undefined)).toBe(true);
  });

  test("counts once", () => {
    const clock = newProbing();
    const [first] = clock.pings();
    clock.pong(first!);
    clock.now += 400;
    clock.pong(first!);
    expect(clock.changes.at(-1)?.state.rttMs).toBe(10);
  });
});

describe("packets that come in", () => {
  // One-way reachability: what moves on receipt flaps for ever.
  test("never move or keep a path, from wherever they come", () => {
    const clock = newProbing();
    const { peerId } = clock.pings()[0]!;
    clock.pong(clock.pings()[0]!);
    clock.engine.onTraffic(peerId);
    for (let n = 0; n < 50; n++) {
      clock.advance(100);
      clock.engine.onDataReceived(peerId, { socket: 0, endpoint: { address: "203.0.113.5", port: 1_000 } });
      clock.engine.onDataReceived(peerId, { socket: 0, endpoint: { address: "198.51.100.9", port: 2_000 } });
    }
    expect(clock.engine.snapshot(peerId)?.route).toEqual({ relay: true });
    expect(clock.changes.some(({ route }) => route.direct?.endpoint.port === 2_000)).toBe(false);
  });

  test("make the engine ask at an endpoint that it does not know, seldom", () => {
    const clock = new HandClock();
    const id = clock.addPeer(1);
    for (let n = 0; n < 30; n++) {
      clock.engine.onDataReceived(id, { socket: 0, endpoint: { address: "198.51.100.9", port: 2_000 } });
      clock.advance(100);
    }
    expect(clock.pings().length).toBe(3);
  });
});

test("a peer's new node key makes it another peer", () => {
  const clock = newProbing();
  clock.pong(clock.pings()[0]!);
  clock.addPeer(1, [WAN], { nodeKey: new Uint8Array(32).fill(77) });
  expect(clock.changes.at(-1)?.route).toEqual({ relay: true });
});

test("a socket that is closed takes its path with it at once", () => {
  const clock = newProbing();
  clock.pong(clock.pings()[0]!);
  clock.advance(2_000);
  clock.setLocal({ sockets: [{ id: 5, family: 4 }] });
  expect(clock.changes.at(-1)?.route).toEqual({ relay: true });
  expect(clock.requests.at(-1)?.trigger).toBe("network-change");
});

test("a candidate that comes during an attempt joins it, and one whose socket is gone leaves it", () => {
  const clock = newProbing();
  clock.setLocal({ sockets: [{ id: 5, family: 4 }] });
  const before = clock.pings().length;
  clock.advance(500);
  expect(
    new Set(
      clock
        .pings()
        .slice(before)
        .map(({ socket }) => socket),
    ),
  ).toEqual(new Set([5]));
});

test("without relay and path there is none, and it says so", () => {
  const clock = new HandClock();
  const id = clock.addPeer(1, [WAN]);
  clock.engine.onRelay(false);
  expect(clock.changes.at(-1)?.state.kind).toBe("none");
  expect(clock.engine.snapshot(id)?.reason?.code).toBe("relay_unavailable");
});

test("an unknown peer is nobody", () => {
  const { engine } = new HandClock();
  const id = `dev_${"0".repeat(32)}` as const;
  engine.onTraffic(id);
  engine.removePeer(id);
  engine.onPunchRefused(id, "peer-not-found");
  expect(engine.snapshot(id)).toBeUndefined();
});

function newProbing(): HandClock {
  const clock = new HandClock();
  clock.plan(clock.addPeer(1, [WAN]));
  clock.advance(10);
  return clock;
}

function keepTraffic(clock: HandClock, id: `dev_${string}`, forMs: number): void {
  for (let passed = 0; passed < forMs; passed += 1_000) {
    clock.engine.onTraffic(id);
    clock.advance(1_000);
  }
}
