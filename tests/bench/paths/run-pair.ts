/** One pair of devices in the simulator: real engines, real planner, profiles that they measured themselves. */
import type { NatOptions } from "@pinhole/natsim";
import { newTwoAgents, type TwoAgents, type TwoAgentsOptions } from "@pinhole/path-engine/testing";

export type PairOptions = Omit<TwoAgentsOptions, "nats" | "measures"> & {
  readonly nats: readonly [NatOptions | undefined, NatOptions | undefined];
  /** How long after the first packet the pair may take. */
  readonly withinMs: number;
  /** Of other hosts' flows among all allocations of both NATs. @default 0.2 */
  readonly foreignShare?: number;
};

export type PairRun = {
  /** Both sides send directly. */
  readonly isDirect: boolean;
  /** From the first packet to that. */
  readonly ms: number;
  /** New entries in each side's NAT from the first packet on. */
  readonly sessions: readonly [number, number];
  /** By which the plan's second stage tried; `simultaneous` where there was none. */
  readonly technique: string;
};

export function runPair({ withinMs, foreignShare = 0.2, nats, ...options }: PairOptions): PairRun {
  const background = { share: foreignShare };
  const [one, other] = nats.map((nat) => nat && { background, ...nat });
  const world = newTwoAgents({ ...options, nats: [one, other], measures: true });
  const before = sessionsOf(world);
  const startedAt = world.time.now;
  world.a.sendTraffic(world.b.id, { everyMs: 50, forMs: withinMs });
  const isDirect = world.time.runUntilTrue(() => isDirectBothWays(world), withinMs);
  const after = sessionsOf(world);
  return {
    isDirect,
    ms: world.time.now - startedAt,
    sessions: [after[0] - before[0], after[1] - before[1]],
    technique: world.coordinator.strategies.at(0)?.stages[1]?.kind ?? "simultaneous",
  };
}

export function isDirectBothWays({ a, b }: TwoAgents): boolean {
  return a.route(b.id)?.direct !== undefined && b.route(a.id)?.direct !== undefined;
}

function sessionsOf({ routers }: TwoAgents): readonly [number, number] {
  const [a = 0, b = 0] = routers.map((router) => router?.nat()?.usage().sessionsMade ?? 0);
  return [a, b];
}
