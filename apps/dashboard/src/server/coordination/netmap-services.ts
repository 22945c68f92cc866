import { formatEndpoint } from "@pinhole/protocol";
import { MAIN_RELAY } from "@pinhole/protocol/control";
import type { Env } from "../../env.ts";
import type { NetmapServices } from "./build-netmap.ts";

/** Of the environment, what agents are told. */
export type ServicesEnv = Pick<Env, "stunAddresses" | "stunPort" | "relays" | "relayStun">;

/**
 * The relays and the STUN servers as agents are told of them, the dashboard's own first: agents that know of one relay
 * take the first. Without addresses of its own to name, the server is where the agent found the dashboard: an empty host,
 * an empty URL.
 */
export function netmapServices({ stunAddresses, stunPort, relays, relayStun }: ServicesEnv): NetmapServices {
  return {
    relays: [{ name: MAIN_RELAY, url: "" }, ...relays],
    stun: [...stunServers(stunAddresses, stunPort), ...relayStun.map(formatEndpoint)],
  };
}

function stunServers(addresses: readonly string[], port: number): string[] {
  if (port === 0) return [];
  if (addresses.length === 0) return [`:${port}`];
  return addresses.map((address) => formatEndpoint({ address, port }));
}
