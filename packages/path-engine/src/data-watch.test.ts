import { CLASSIC_NATS } from "@pinhole/natsim";
import { expect, test } from "vitest";
import { DataWatch } from "./data-watch.ts";
import { newTwoAgents } from "./testing/index.ts";

/** Packets flow every second, from `from` to `to`. */
function flow(watch: DataWatch, from: number, to: number): void {
  for (let at = from; at <= to; at += 1_000) watch.onTraffic(at);
}

test("a path is deaf when packets flow for 15 s and nothing comes in by it", () => {
  const watch = new DataWatch();
  flow(watch, 0, 15_000);
  expect(watch.isDeaf(14_999, 0)).toBe(false);
  expect(watch.isDeaf(15_000, 0)).toBe(true);
});

test("one packet that came in by it starts anew", () => {
  const watch = new DataWatch();
  flow(watch, 0, 20_000);
  watch.onHeard(10_000);
  expect(watch.isDeaf(20_000, 0)).toBe(false);
  flow(watch, 21_000, 25_000);
  expect(watch.isDeaf(25_000, 0)).toBe(true);
});

test("a path that was chosen late, or one on which nothing flows, is not deaf", () => {
  const watch = new DataWatch();
  flow(watch, 0, 20_000);
  expect(watch.isDeaf(20_000, 6_000)).toBe(false);
  expect(watch.isDeaf(40_000, 0)).toBe(false);
});

// A scrubber that knows the tunnel's packets and lets everything else through: seen in the wild, and no probe notices.
test("a path that answers probes and drops data is left for the relay, and not taken again at once", () => {
  const { time, network, a, b } = newTwoAgents({ nats: [CLASSIC_NATS["EI-PP-PD"], CLASSIC_NATS["EI-PP-PD"]] });
  a.sendTraffic(b.id, { everyMs: 100, forMs: 120_000 });
  b.sendTraffic(a.id, { everyMs: 100, forMs: 120_000 });
  time.run(5_000);
  expect(a.route(b.id)?.direct).toBeDefined();
  network.internet.blackhole = ({ bytes }) => bytes[0] === "{".charCodeAt(0);
  time.run(18_000);
  expect(a.route(b.id)).toEqual({ relay: true });
  // That a handshake failed too was not seen from here.
  expect(a.engine.snapshot(b.id)?.reason).toEqual({ code: "handshake_failed", measured: false });
  const before = b.arrivals.length;
  time.run(30_000);
  expect(b.arrivals.slice(before).filter(({ via }) => via === "relay").length).toBeGreaterThan(280);
});
