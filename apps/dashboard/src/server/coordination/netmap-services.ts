import { formatEndpoint } from "@pinhole/protocol";
import type { Env } from "../../env.ts";
import type { NetmapServices } from "./build-netmap.ts";

/**
 * The relay and the STUN servers as agents are told of them. Without addresses of its own to name, the server is where
 * the agent found the dashboard: an empty host, an empty URL.
 */
export function netmapServices({ stunAddresses, stunPort }: Pick<Env, "stunAddresses" | "stunPort">): NetmapServices {
  return {
    relays: [{ name: "main", url: "" }],
    stun: stunServers(stunAddresses, stunPort),
  };
}

function stunServers(addresses: readonly string[], port: number): string[] {
  if (port === 0) return [];
  if (addresses.length === 0) return [`:${port}`];
  return addresses.map((address) => formatEndpoint({ address, port }));
}
