/** Many agents that hear of each other at once, each behind a NAT of its own. */
import type { LinkOptions, NatOptions, SimRouter } from "@pinhole/natsim";
import { SimAgent, type SimWorld } from "./sim-agent.ts";
import { addRouter, introduce, newWorld } from "./two-agents.ts";

const MEASURED_MS = 10_000;
const PORT = 41_641;

export type CrowdOptions = {
  readonly nats: readonly NatOptions[];
  readonly seed?: number;
  readonly line?: LinkOptions;
  readonly serverDelayMs?: number;
};

export type Crowd = SimWorld & {
  readonly agents: readonly SimAgent[];
  /** Of the agent at the same place. */
  readonly routers: readonly SimRouter[];
};

/** They have measured their NATs, and know each other. */
export function newCrowd({ nats, seed = 1, line = { delayMs: 12.5 }, serverDelayMs = 25 }: CrowdOptions): Crowd {
  const world = newWorld(seed);
  const routers = nats.map((nat, at) => addRouter(world.network, { nat, address: `203.0.113.${at + 1}`, line }));
  const agents = routers.map(
    (router, at) =>
      new SimAgent(world, {
        name: `agent ${at}`,
        places: [{ segment: router.lan, endpoint: { address: `192.168.1.${at + 10}`, port: PORT } }],
        connectedPrefixes: ["192.168.1.0/24"],
        serverDelayMs,
      }),
  );
  world.time.runUntilTrue(() => agents.every(({ measured }) => measured !== null), MEASURED_MS);
  introduce(world, agents);
  return { ...world, agents, routers };
}
