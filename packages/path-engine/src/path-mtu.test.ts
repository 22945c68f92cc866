/** A path's size is found with few packets, follows the path, and one that carries small packets only is none. */
import { CLASSIC_NATS } from "@pinhole/natsim";
import { describe, expect, test } from "vitest";
import { HandClock, newTwoAgents, type TwoAgents } from "./testing/index.ts";

const EIM = CLASSIC_NATS["EI-RD-PD"];
const WAN = "203.0.113.5:1000";
/** Of IPv4 and UDP. */
const HEADERS_BYTES = 28;

describe("the size of a path", () => {
  test("of an Ethernet is known after two pings", () => {
    const { clock, id } = newPath(1_472);
    clock.advance(1_000);
    expect(clock.engine.snapshot(id)?.pathMtuBytes).toBe(1_500);
    expect(clock.longPings().length).toBe(2);
  });

  // What is found is in steps of 32 bytes, and never more than what passes.
  test.each([1_492, 1_480, 1_460, 1_420, 1_400, 1_380, 1_340, 1_300, 1_280])(
    "of %s bytes is found to 32 bytes, with few pings",
    (mtu) => {
      const { clock, id } = newPath(mtu - HEADERS_BYTES, { cuts: true });
      answering(clock, 20_000);
      const found = clock.engine.snapshot(id)!.pathMtuBytes!;
      expect(found).toBeLessThanOrEqual(mtu);
      expect(found).toBeGreaterThan(mtu - 32);
      expect(clock.longPings().length).toBeLessThanOrEqual(16);
      expect(clock.pathMtus).toContain(found);
    },
  );

  test("below what is of use is not known, and the path stays where packets may be cut", () => {
    const { clock, id } = newPath(1_124 - HEADERS_BYTES, { cuts: true });
    answering(clock, 60_000);
    expect(clock.engine.snapshot(id)).toMatchObject({ path: { kind: "direct" }, pathMtuBytes: null });
  });

  test("is asked about no more when the path is idle", () => {
    const { clock } = newPath(1_472);
    answering(clock, 20_000);
    const asked = clock.longPings().length;
    answering(clock, 3_600_000, { isTalking: false });
    expect(clock.longPings().length).toBe(asked);
  });

  test("that shrinks while packets flow is found again, and that grows too", () => {
    const { clock, id } = newPath(1_472);
    answering(clock, 20_000);
    clock.carriesBytes = 1_400 - HEADERS_BYTES;
    answering(clock, 30_000);
    expect(clock.pathMtus).toEqual([1_500, 1_372]);
    clock.carriesBytes = 1_472;
    answering(clock, 640_000);
    expect(clock.engine.snapshot(id)?.pathMtuBytes).toBe(1_500);
  });

  test("is not judged by pings that are lost with all others", () => {
    const { clock } = newPath(1_472);
    answering(clock, 5_000);
    clock.carriesBytes = 0;
    clock.engine.onRelay(false);
    for (let n = 0; n < 20; n++) {
      clock.engine.onTraffic(clock.changes[0]!.peerId);
      clock.advance(1_000);
    }
    expect(clock.pathMtus).toEqual([1_500, undefined]);
    expect(clock.changes.at(-1)?.state.kind).toBe("none");
  });
});

// Nobody gets more bytes than he brings.
test.each([1, 2, 40, 45])("a ping of %s blocks is answered by a pong of one", (blocks) => {
  const clock = new HandClock();
  clock.ping(clock.addPeer(1), WAN, { blocks });
  expect(clock.probes[0]).toMatchObject({ message: { kind: "pong" }, bytes: 64 });
});

describe("a path that loses all long packets", () => {
  test("is left for the relay, and the reason is measured", () => {
    const { clock, id } = newPath(1_200);
    answering(clock, 10_000);
    expect(clock.engine.snapshot(id)).toMatchObject({
      route: { relay: true },
      reason: { code: "mtu_blackhole", measured: true },
    });
    const leftAt = clock.changes.find(({ route }, at) => at > 0 && route.relay && route.direct === undefined)?.at;
    expect(leftAt).toBeLessThanOrEqual(4_000);
  });

  test("stays where there is no relay", () => {
    const { clock, id } = newPath(1_200);
    clock.engine.onRelay(false);
    answering(clock, 60_000);
    expect(clock.engine.snapshot(id)?.path.kind).toBe("direct");
  });

  test("is tried again after a change of network, and used when it carries them", () => {
    const { clock, id } = newPath(1_200);
    answering(clock, 30_000);
    clock.carriesBytes = 1_472;
    clock.engine.onNetworkChange();
    clock.plan(id, { attempt: 2 });
    answering(clock, 5_000);
    expect(clock.engine.snapshot(id)).toMatchObject({ path: { kind: "direct" }, pathMtuBytes: 1_500 });
  });
});

describe("two agents", () => {
  test.each([
    { mtuBytes: 1_500, found: 1_500 },
    { mtuBytes: 1_492, found: 1_468 },
    { mtuBytes: 1_400, found: 1_372 },
  ])("over a line of $mtuBytes bytes find $found, whether or not the line says what it does", ({ mtuBytes, found }) => {
    for (const tooBig of ["icmp", "silent"] as const) {
      const world = newTwoAgents({ nats: [EIM, EIM], line: { delayMs: 10, mtuBytes, tooBig } });
      talk(world, 30_000);
      expect([world.a.pathMtus.at(-1)?.bytes, world.b.pathMtus.at(-1)?.bytes]).toEqual([found, found]);
    }
  });

  test("over a line that drops fragments and carries little stay on the relay, and seldom look again", () => {
    const line = { delayMs: 10, mtuBytes: 1_300, tooBig: "silent", fragments: "drop" } as const;
    const world = newTwoAgents({ nats: [EIM, EIM], line });
    talk(world, 1_500_000, 1_000);
    const { a, b } = world;
    expect(a.engine.snapshot(b.id)).toMatchObject({ route: { relay: true }, reason: { code: "mtu_blackhole" } });
    expect(a.changes.filter(({ state }) => state.kind === "direct").length).toBeLessThanOrEqual(2);
  });

  test("with loss and jitter keep the size they found", () => {
    const line = { delayMs: 12, jitterMs: 15, loss: 0.02 };
    const world = newTwoAgents({ nats: [EIM, EIM], line });
    talk(world, 600_000, 1_000);
    expect(world.a.pathMtus.map(({ bytes }) => bytes)).toEqual([1_500]);
  });
});

/** A peer at an address that carries datagrams so long; `cuts`: longer ones too, where they may be cut. */
function newPath(carriesBytes: number, { cuts = false } = {}) {
  const clock = new HandClock();
  clock.carriesBytes = carriesBytes;
  clock.cuts = cuts;
  const id = clock.addPeer(1, [WAN]);
  clock.plan(id);
  clock.advance(10);
  clock.pong(clock.pings()[0]!);
  return { clock, id };
}

/** Every ping without padding is answered at once. */
function answering(clock: HandClock, forMs: number, { isTalking = true } = {}): void {
  const { peerId } = clock.changes[0]!;
  const end = clock.now + forMs;
  while (clock.now < end) {
    if (isTalking) {
      clock.engine.onTraffic(peerId);
      clock.engine.onDataReceived(peerId, { socket: 0, endpoint: { address: "203.0.113.5", port: 1_000 } });
    }
    let answered = clock.pings().length;
    clock.advance(1_000, () => {
      for (const ping of clock.pings().slice(answered)) clock.pong(ping);
      answered = clock.pings().length;
    });
  }
}

function talk({ time, a, b }: TwoAgents, forMs: number, everyMs = 100): void {
  a.sendTraffic(b.id, { everyMs, forMs });
  b.sendTraffic(a.id, { everyMs, forMs });
  time.run(forMs);
}
