import { parseAddress } from "@pinhole/protocol";
import type { Netmap, NetmapPeer } from "@pinhole/protocol/control";

/** By name, overlay address or identifier, as a person writes it. */
export function findPeer(netmap: Netmap | undefined, wanted: string): NetmapPeer | undefined {
  const text = wanted.trim().toLowerCase();
  const address = parseAddress(text);
  return netmap?.peers.find(
    ({ id, name, addresses }) =>
      id === text || name.toLowerCase() === text || (address.ok && addresses.includes(address.value)),
  );
}
