/** Two real engines behind the simulator's counterparts of two networks of the lab, and what their attempt comes to. */
import { introduce, newWorld, SimAgent, type SimWorld } from "@pinhole/path-engine/testing";
import type { NatProfile } from "@pinhole/protocol/control";
import type { NetworkName } from "./behaviour.ts";
import { type Attempt, type Encounter, newAttempt, newEncounter } from "./encounter.ts";
import { simulatedNetwork } from "./simulated-network.ts";

const PORT = 41_641;
const MEASURED_MS = 10_000;

/** Several of the longest plans: a try that misses is followed by another. */
const UNTIL_DIRECT_MS = 60_000;

export type SimulatedPairOptions = {
  readonly networks: readonly [NetworkName, NetworkName];
  /** From each side to the middle of the internet, where the server is. */
  readonly delayMs: number;
  readonly seed: number;
  /** By how much the first side misses the common start. */
  readonly lateMs?: number;
};

/** What an engine behind it measures. */
export function simulateProfile(
  network: NetworkName,
  { delayMs, seed }: Omit<SimulatedPairOptions, "networks">,
): NatProfile {
  const world = newWorld(seed);
  const agent = addAgent(world, { network, side: 1, delayMs, lateMs: 0 });
  world.time.runUntilTrue(() => agent.measured !== null, MEASURED_MS);
  if (agent.measured === null) throw new Error("the measurement never ended");
  return agent.measured;
}

export function simulatePair({ networks, delayMs, seed, lateMs = 0 }: SimulatedPairOptions): Encounter {
  const world = newWorld(seed);
  const a = addAgent(world, { network: networks[0], side: 1, delayMs, lateMs });
  const b = addAgent(world, { network: networks[1], side: 2, delayMs, lateMs: 0 });
  world.time.runUntilTrue(() => a.measured !== null && b.measured !== null, MEASURED_MS);
  introduce(world, [a, b]);
  a.sendTraffic(b.id, { everyMs: 250, forMs: UNTIL_DIRECT_MS });
  world.time.runUntilTrue(() => attemptsOf(world, a, b).some(({ isDirect }) => isDirect), UNTIL_DIRECT_MS);
  const encounter = newEncounter(attemptsOf(world, a, b));
  if (encounter === undefined) throw new Error("no attempt ended");
  return encounter;
}

function attemptsOf({ coordinator: { traces, strategies } }: SimWorld, ...agents: [SimAgent, SimAgent]): Attempt[] {
  const [ofA, ofB] = agents.map(({ id }) => traces.filter(({ from }) => from === id).map(({ trace }) => trace));
  return strategies.flatMap((strategy, at) => {
    const [own, theirs] = [ofA?.[at], ofB?.[at]];
    return own && theirs ? [newAttempt(strategy, [own, theirs])] : [];
  });
}

type Site = { readonly network: NetworkName; readonly side: number; readonly delayMs: number; readonly lateMs: number };

function addAgent(world: SimWorld, { network, side, delayMs, lateMs }: Site): SimAgent {
  const publicAddress = `203.0.113.${side}`;
  const line = { delayMs };
  let segment = world.network.internet;
  let address = publicAddress;
  let prefixes: string[] = [];
  for (const [level, nat] of simulatedNetwork(network).toReversed().entries()) {
    const outermost = level === 0 ? { line } : {};
    const passage = nat.mapping === "none" ? { prefixes: [{ address, length: 32 }] } : { addresses: [address] };
    const router = { name: `${network} ${side} ${level}`, outside: segment, ...outermost, v4: { nat, ...passage } };
    segment = world.network.addRouter(router).lan;
    if (nat.mapping === "none") continue;
    // Homes and carriers have networks of their own, as in the lab.
    address = `10.${side}.${level}.10`;
    prefixes = [`10.${side}.${level}.0/24`];
  }
  const place = { segment, endpoint: { address, port: PORT }, ...(address === publicAddress ? { line } : {}) };
  return new SimAgent(world, {
    name: `${network} ${side}`,
    places: [place],
    connectedPrefixes: prefixes,
    serverDelayMs: delayMs,
    // Who takes the server's clock to be behind starts late.
    clockErrorMs: -lateMs,
  });
}
