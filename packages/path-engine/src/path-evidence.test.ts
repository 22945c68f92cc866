import type { DeviceId } from "@pinhole/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import { HandClock } from "./testing/hand-clock.ts";

const WAN = "203.0.113.5:1000";

let clock: HandClock;
let id: DeviceId;
beforeEach(() => {
  clock = new HandClock();
  id = clock.addPeer(1, [WAN]);
});

describe("an address is the peer's", () => {
  test("when a pong came from it, and not because it is named or pinged", () => {
    clock.plan(id);
    clock.advance(100);
    expect(clock.pings().length).toBeGreaterThan(0);
    expect(clock.engine.isAddressOf(id, "203.0.113.5")).toBe(false);
    clock.pong(clock.pings()[0]!);
    expect(clock.engine.isAddressOf(id, "203.0.113.5")).toBe(true);
    expect(clock.engine.isAddressOf(id, "203.0.113.6")).toBe(false);
    expect(clock.engine.isAddressOf(clock.addPeer(2), "203.0.113.5")).toBe(false);
  });

  test("when a ping of its came from there, for as long as a path counts as proven", () => {
    clock.ping(id, "198.51.100.7:9");
    expect(clock.engine.isAddressOf(id, "198.51.100.7")).toBe(true);
    clock.advance(35_000);
    expect(clock.engine.isAddressOf(id, "198.51.100.7")).toBe(false);
  });

  test("never of a peer that is not known", () => {
    clock.engine.removePeer(id);
    expect([clock.engine.isAddressOf(id, "203.0.113.5"), clock.engine.isDoubtful(id)]).toEqual([false, false]);
  });
});

describe("a path is", () => {
  beforeEach(() => {
    clock.plan(id);
    clock.advance(100);
    clock.pong(clock.pings()[0]!);
    clock.engine.onTraffic(id);
  });

  test("doubtful from the first missed pong on, before it is given up, and not once it is answered again", () => {
    expect(clock.engine.isDoubtful(id)).toBe(false);
    const silentAt = clock.now;
    let doubtfulAt = Number.POSITIVE_INFINITY;
    clock.advance(3_000, () => {
      clock.engine.onTraffic(id);
      if (clock.engine.isDoubtful(id)) doubtfulAt = Math.min(doubtfulAt, clock.now);
    });
    // A second to the next ping, half a second for its pong.
    expect(doubtfulAt - silentAt).toBeLessThanOrEqual(1_600);
    expect(clock.engine.snapshot(id)!.route.relay).toBe(true);
    clock.pong(clock.pings().at(-1)!);
    expect(clock.engine.isDoubtful(id)).toBe(false);
  });

  test("of unknown length before a pong, then as short as the shortest of the last eight", () => {
    expect(clock.engine.distanceTo(clock.addPeer(2))).toBeUndefined();
    const first = clock.engine.distanceTo(id)!;
    expect(first).toEqual({ rttMs: expect.any(Number), samples: 1 });
    const answerAfter = (ms: number) => {
      clock.engine.onNetworkChange();
      clock.advance(0);
      const ping = clock.pings().at(-1)!;
      clock.advance(ms);
      clock.pong(ping);
    };
    answerAfter(5);
    for (let n = 0; n < 7; n++) answerAfter(20);
    expect(clock.engine.distanceTo(id)).toEqual({ rttMs: 5, samples: 9 });
    answerAfter(20);
    expect(clock.engine.distanceTo(id)).toEqual({ rttMs: 20, samples: 10 });
  });

  test("doubtful when the network has changed under it", () => {
    clock.engine.onNetworkChange();
    expect(clock.engine.isDoubtful(id)).toBe(true);
  });
});
