import { expect, test } from "vitest";
import { HandClock } from "./testing/hand-clock.ts";

const WAN = "203.0.113.5:1000";
const OTHER = "198.51.100.9:2000";

test.each([
  ["the peer's candidates", (clock: HandClock) => void clock.addPeer(1, [WAN, OTHER])],
  ["our own network", (clock: HandClock) => clock.setLocal({ connectedPrefixes: ["10.0.0.0/8"] })],
])("an attempt that was planned before %s changed is followed by the next at once", (_, happen) => {
  const { clock, id, failed } = failing();
  clock.advance(500);
  happen(clock);
  clock.advance(4_000);
  expect(clock.requests.map(({ peerId, trigger, at }) => [peerId, trigger, at - failed])).toEqual([
    [id, "traffic", -3_000],
    [id, "network-change", 0],
  ]);
});

test("an attempt that failed with nothing new is followed by a wait", () => {
  const { clock } = failing();
  clock.advance(7_000);
  expect(clock.requests).toHaveLength(1);
});

test("a plan that has ended here and is all that the coordinator has to name is asked for again soon", () => {
  const { clock, id } = failing();
  clock.advance(500);
  clock.setLocal({ connectedPrefixes: ["10.0.0.0/8"] });
  clock.advance(2_500);
  expect(clock.requests).toHaveLength(2);
  clock.engine.onPunchPlanned(id, clock.traces[0]!.attemptId);
  clock.advance(300);
  expect(clock.requests).toHaveLength(3);
  expect(clock.engine.snapshot(id)?.reason?.code).not.toBe("signal_timeout");
});

test("a plan that is named before it comes is waited for", () => {
  const clock = new HandClock();
  const id = clock.addPeer(1, [WAN]);
  clock.engine.onTraffic(id);
  clock.engine.onPunchPlanned(id, "att_00000000000000000000000000000001");
  clock.advance(4_900);
  expect(clock.requests).toHaveLength(1);
});

/** An attempt that lasts three seconds and meets nobody, while packets flow. */
function failing() {
  const clock = new HandClock();
  const id = clock.addPeer(1, [WAN]);
  clock.engine.onTraffic(id);
  clock.plan(id, { endMs: 3_000 });
  return { clock, id, failed: 3_000 };
}

test("a plan that this version cannot read is told as such, and asked for ever more seldom", () => {
  const clock = new HandClock();
  const id = clock.addPeer(1, [WAN]);
  clock.engine.onTraffic(id);
  clock.engine.onPunchRefused(id, "not-understood");
  expect(clock.engine.snapshot(id)?.reason).toEqual({ code: "version_mismatch", side: "self", measured: true });
  clock.advance(4_000);
  expect(clock.requests).toHaveLength(1);
});
