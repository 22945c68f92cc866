/** What happens to a path that stands: it dies, the network changes under it, or nothing happens for an hour. */
import { CLASSIC_NATS } from "@pinhole/natsim";
import { newTwoAgents, type TwoAgents } from "@pinhole/path-engine/testing";
import { type Figure, percentile } from "./figure.ts";
import { isDirectBothWays } from "./run-pair.ts";

const HOME = CLASSIC_NATS["EI-PP-PD"];
const EVERY_MS = 10;
const PATH_ONE_WAY_MS = 50;

/** The path drops everything from one moment on; the relay goes on. */
export function measureDeadPath(seeds: number): Figure {
  const gaps: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const world = newStanding(seed);
    world.time.run((seed * 137) % 1_000);
    const diedAt = world.time.now;
    // Between the two homes alone: the servers stay in reach.
    world.network.internet.blackhole = ({ source, destination }) => isHome(source) && isHome(destination);
    world.time.run(10_000);
    const elsewhere = world.b.arrivals.find(({ at, via }) => at >= diedAt && via === "relay");
    gaps.push((elsewhere?.at ?? Number.POSITIVE_INFINITY) - diedAt);
  }
  return {
    name: "direct path dies → data flows elsewhere",
    bound: "≤ 2.5 s",
    measured: `median ${percentile(gaps, 0.5).toFixed(0)} ms, worst ${Math.max(...gaps).toFixed(0)} ms of ${seeds}`,
    isMet: Math.max(...gaps) <= 2_500,
  };
}

/** A home router is given another address and forgets everything, as when a line is dialled anew. */
export function measureNetworkChange(seeds: number): Figure {
  const times: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const world = newStanding(seed);
    world.routers[0]?.renumber([ANEW]);
    const changedAt = world.time.now;
    world.a.onNetworkChange();
    world.time.run(1);
    const isAgain = (): boolean => isDirectBothWays(world) && seesAnew(world);
    times.push(world.time.runUntilTrue(isAgain, 10_000) ? world.time.now - changedAt : Number.POSITIVE_INFINITY);
  }
  return {
    name: "network change, sleep and wake → direct again",
    bound: "≤ 2 s",
    measured: `median ${percentile(times, 0.5).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms of ${seeds}`,
    isMet: Math.max(...times) <= 2_000,
  };
}

const ANEW = "203.0.113.99";

const isHome = ({ address }: { readonly address: string }): boolean => address.startsWith("203.0.113.");

const HOUR_MS = 3_600_000;

export function measureSteadyHour(seeds: number): Figure {
  const changes: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const world = newStanding(seed, { loss: 0.01, jitterMs: 20, everyMs: 1_000 });
    const before = [world.a.changes.length, world.b.changes.length];
    world.time.run(HOUR_MS);
    for (const [at, agent] of [world.a, world.b].entries()) changes.push(pathChanges(agent.changes.slice(before[at])));
  }
  return {
    name: "path changes per peer in an hour of steady state, 2 % loss and jitter",
    bound: "≤ 2",
    measured: `at most ${Math.max(...changes)} of ${changes.length} hours`,
    isMet: Math.max(...changes) <= 2,
  };
}

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
