/** What happens to a path that stands: it dies, the network changes under it, or nothing happens for an hour. */
import { CLASSIC_NATS } from "@pinhole/natsim";
import { newTwoAgents, type TwoAgents } from "@pinhole/path-engine/testing";
import { percentile } from "./figure.ts";
import type { Measurement } from "./measurement.ts";
import { isDirectBothWays } from "./run-pair.ts";

const HOME = CLASSIC_NATS["EI-PP-PD"];
const EVERY_MS = 10;
const PATH_ONE_WAY_MS = 50;

type Death = { readonly gapMs: number; readonly lost: number };

/** The path drops everything from one moment on; the relay goes on. A sample is the gap, and how many packets never arrive, those under way included. */
export const deadPath: Measurement<Death> = {
  id: "dead path",
  size: (seeds) => seeds,
  take: (at) => {
    const seed = at + 1;
    const world = newStanding(seed);
    world.time.run((seed * 137) % 1_000);
    const diedAt = world.time.now;
    // Between the two homes alone: the servers stay in reach.
    world.network.internet.blackhole = ({ source, destination }) => isHome(source) && isHome(destination);
    world.time.run(10_000);
    const elsewhere = world.b.arrivals.find(({ at: arrivedAt, via }) => arrivedAt >= diedAt && via === "relay");
    const arrived = new Set(world.b.arrivals.map(({ sentAt }) => sentAt));
    const sent = world.a.departures.filter((sentAt) => sentAt < world.time.now - 1_000);
    return {
      gapMs: (elsewhere?.at ?? Number.POSITIVE_INFINITY) - diedAt,
      lost: sent.filter((sentAt) => sentAt > diedAt - 1_000 && !arrived.has(sentAt)).length,
    };
  },
  figure: (deaths) => {
    const gaps = deaths.map(({ gapMs }) => gapMs);
    const lost = Math.max(...deaths.map((death) => death.lost));
    return {
      name: "direct path dies → data flows elsewhere",
      bound: "≤ 2.5 s, at most what was in flight lost",
      measured: `${medianAndWorst(gaps)} of ${gaps.length}, at most ${lost} packets lost`,
      isMet: Math.max(...gaps) <= 2_500 && lost <= PATH_ONE_WAY_MS / EVERY_MS,
    };
  },
};

/** A home router is given another address and forgets everything, as when a line is dialled anew. A sample is the time until both are direct again. */
export const networkChange: Measurement<number> = {
  id: "network change",
  size: (seeds) => seeds,
  take: (at) => {
    const world = newStanding(at + 1);
    world.routers[0]?.renumber([ANEW]);
    const changedAt = world.time.now;
    world.a.onNetworkChange();
    world.time.run(1);
    const isAgain = (): boolean => isDirectBothWays(world) && seesAnew(world);
    return world.time.runUntilTrue(isAgain, 10_000) ? world.time.now - changedAt : Number.POSITIVE_INFINITY;
  },
  figure: (times) => ({
    name: "network change, sleep and wake → direct again",
    bound: "≤ 2 s",
    measured: `${medianAndWorst(times)} of ${times.length}`,
    isMet: Math.max(...times) <= 2_000,
  }),
};

const medianAndWorst = (ms: readonly number[]): string =>
  `median ${percentile(ms, 0.5).toFixed(0)} ms, worst ${Math.max(...ms).toFixed(0)} ms`;

const ANEW = "203.0.113.99";

const isHome = ({ address }: { readonly address: string }): boolean => address.startsWith("203.0.113.");

const HOUR_MS = 3_600_000;

/** A sample is how often the path changed for either of the two. */
export const steadyHour: Measurement<readonly number[]> = {
  id: "steady hour",
  size: (seeds) => seeds,
  take: (at) => {
    const world = newStanding(at + 1, { loss: 0.01, jitterMs: 20, everyMs: 1_000 });
    const agents = [world.a, world.b];
    const before = agents.map(({ changes }) => changes.length);
    world.time.run(HOUR_MS);
    return agents.map(({ changes }, side) => pathChanges(changes.slice(before[side])));
  },
  figure: (hours) => {
    const changes = hours.flat();
    return {
      name: "path changes per peer in an hour of steady state, 2 % loss and jitter",
      bound: "≤ 2",
      measured: `at most ${Math.max(...changes)} of ${changes.length} hours`,
      isMet: Math.max(...changes) <= 2,
    };
  },
};

function pathChanges(changes: TwoAgents["a"]["changes"]): number {
  const paths = changes.map(({ state }) => `${state.kind} ${state.endpoint ?? ""}`);
  return paths.filter((path, at) => at > 0 && path !== paths[at - 1]).length;
}

/** The other side sends to where the first one is. */
function seesAnew({ a, b }: TwoAgents): boolean {
  return b.route(a.id)?.direct?.endpoint.address === ANEW;
}

type Weather = { readonly loss?: number; readonly jitterMs?: number; readonly everyMs?: number };

/** A pair that has talked over a direct path for a while, and goes on talking. */
function newStanding(seed: number, { loss = 0, jitterMs = 0, everyMs = EVERY_MS }: Weather = {}): TwoAgents {
  const line = { delayMs: PATH_ONE_WAY_MS / 2, loss, jitterMs };
  const world = newTwoAgents({ nats: [HOME, HOME], seed, line, measures: true });
  for (const [one, other] of [
    [world.a, world.b],
    [world.b, world.a],
  ] as const)
    one.sendTraffic(other.id, { everyMs, forMs: 2 * HOUR_MS });
  if (!world.time.runUntilTrue(() => isDirectBothWays(world), 10_000)) throw new Error("the pair never met");
  world.time.run(3_000);
  return world;
}
