/** The smallest world: two agents that may talk, each behind a NAT of its own, a STUN server and a coordinator. */
import { profileOf } from "./nat-profile.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimAgent, type SimWorld } from "./sim-agent.ts";
import { SimCoordinator } from "./sim-coordinator.ts";
import type { NatKind } from "./sim-nat.ts";
import { type Line, SimNetwork } from "./sim-network.ts";
import { VirtualTime } from "./virtual-time.ts";

const STUN = { address: "198.51.100.1", port: 3478 };
const PORT = 41_641;

export type TwoAgentsOptions = {
  /** Undefined: no NAT, a public address. */
  readonly nats: readonly [NatKind | undefined, NatKind | undefined];
  readonly seed?: number;
  /** Of both sides; half the path's one-way delay each. */
  readonly line?: Line;
  readonly serverDelayMs?: number;
  readonly clockSkewMs?: number;
  readonly clockErrorMs?: number;
};

export type TwoAgents = SimWorld & { readonly a: SimAgent; readonly b: SimAgent };

export function newTwoAgents({
  nats,
  seed = 1,
  line = { delayMs: 12.5 },
  serverDelayMs = 25,
  ...clock
}: TwoAgentsOptions): TwoAgents {
  const world = newWorld(seed);
  const [a, b] = (["a", "b"] as const).map((name, side) => {
    const publicAddress = `203.0.113.${side + 1}`;
    const nat = nats[side];
    const segment = nat === undefined ? world.network.internet : world.network.addNat(nat, publicAddress, { line });
    const isTranslated = nat !== undefined && nat.mapping !== "none";
    // Every site has the same private network, as homes do.
    const endpoint = { address: isTranslated ? `192.168.1.${side + 10}` : publicAddress, port: PORT };
    world.network.internet.lines.set(publicAddress, line);
    return new SimAgent(world, {
      name,
      places: [{ segment, endpoint }],
      connectedPrefixes: isTranslated ? ["192.168.1.0/24"] : [],
      natProfile: profileOf(nat),
      serverDelayMs,
      ...(side === 0 ? clock : {}),
    });
  }) as [SimAgent, SimAgent];
  introduce(world, [a, b]);
  return { ...world, a, b };
}

export function newWorld(seed: number): SimWorld {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  return {
    time,
    random,
    network: new SimNetwork(time, random.fork()),
    coordinator: new SimCoordinator(time),
    stun: STUN,
  };
}

/** Everybody hears of everybody, and the news have arrived. */
export function introduce({ time }: SimWorld, agents: readonly SimAgent[]): void {
  for (const agent of agents) agent.refresh();
  time.run(1_000);
}
