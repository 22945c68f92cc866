/** The smallest world: two agents that may talk, each behind a NAT of its own, a STUN server and a coordinator. */
import {
  addStunServer,
  type LineOptions,
  type LinkOptions,
  type NatOptions,
  SimNetwork,
  type SimRouter,
} from "@pinhole/natsim";
import { profileOf } from "./nat-profile.ts";
import { SimAgent, type SimWorld } from "./sim-agent.ts";
import { SimCoordinator } from "./sim-coordinator.ts";

const STUN_ADDRESSES = ["198.51.100.1", "198.51.100.2"] as const;
/** A measurement takes two rounds of questions, and waits for what is lost. */
const MEASURED_MS = 5_000;
const PORT = 41_641;

export type TwoAgentsOptions = {
  /** Undefined: no NAT, a public address. */
  readonly nats: readonly [NatOptions | undefined, NatOptions | undefined];
  readonly seed?: number;
  /** Of both sides; half the path's one-way delay each. */
  readonly line?: LinkOptions;
  readonly serverDelayMs?: number;
  /** The agents measure their NATs instead of being told. */
  readonly measures?: boolean;
  readonly clockSkewMs?: number;
  readonly clockErrorMs?: number;
};

export type TwoAgents = SimWorld & {
  readonly a: SimAgent;
  readonly b: SimAgent;
  /** Undefined where there is no NAT. */
  readonly routers: readonly (SimRouter | undefined)[];
};

export function newTwoAgents({
  nats,
  seed = 1,
  line = { delayMs: 12.5 },
  serverDelayMs = 25,
  measures = false,
  ...clock
}: TwoAgentsOptions): TwoAgents {
  const world = newWorld(seed);
  const routers = nats.map((nat, side) => nat && addRouter(world.network, { nat, address: publicAddress(side), line }));
  const [a, b] = (["a", "b"] as const).map((name, side) => {
    const router = routers[side];
    const isTranslated = router !== undefined && nats[side]?.mapping !== "none";
    // Every site has the same private network, as homes do.
    const endpoint = { address: isTranslated ? `192.168.1.${side + 10}` : publicAddress(side), port: PORT };
    const place = router === undefined ? { segment: world.network.internet, line } : { segment: router.lan };
    return new SimAgent(world, {
      name,
      places: [{ ...place, endpoint }],
      connectedPrefixes: isTranslated ? ["192.168.1.0/24"] : [],
      natProfile: measures ? undefined : profileOf(nats[side]),
      serverDelayMs,
      ...(side === 0 ? clock : {}),
    });
  }) as [SimAgent, SimAgent];
  if (measures) world.time.runUntilTrue(() => a.measured !== null && b.measured !== null, MEASURED_MS);
  introduce(world, [a, b]);
  return { ...world, a, b, routers };
}

/** A NAT with a public address, or a firewall before it. */
export function addRouter(
  network: SimNetwork,
  { nat, address, line }: { readonly nat: NatOptions; readonly address: string; readonly line: LinkOptions },
): SimRouter {
  const family = address.includes(":") ? "v6" : "v4";
  const prefix = { address, length: family === "v4" ? 32 : 128 };
  const passage = nat.mapping === "none" ? { nat, prefixes: [prefix] } : { nat, addresses: [address] };
  return network.addRouter({ name: `router ${address}`, line, [family]: passage });
}

export function newWorld(seed: number, stunLine?: LineOptions): SimWorld {
  const network = new SimNetwork({ seed });
  const { time, random } = network;
  const { endpoints } = addStunServer(network, {
    addresses: STUN_ADDRESSES,
    ...(stunLine === undefined ? {} : { line: stunLine }),
  });
  return { time, random, network, coordinator: new SimCoordinator(time), stun: endpoints };
}

/** Everybody hears of everybody, and the news have arrived. */
export function introduce({ time }: SimWorld, agents: readonly SimAgent[]): void {
  for (const agent of agents) agent.refresh();
  time.run(1_000);
}

function publicAddress(side: number): string {
  return `203.0.113.${side + 1}`;
}
