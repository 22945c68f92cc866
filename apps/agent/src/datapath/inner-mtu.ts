/**
 * How long a packet inside the tunnel may be, by what a path carries outside.
 *
 *     IP header 20 or 40 | UDP 8 | WireGuard 16 | inner packet, padded to 16 | tag 16
 */
import { addressFamily } from "@pinhole/protocol/net";
import { datagramBytes } from "@pinhole/wireguard";
import type { Route } from "./contract.ts";

/** The least that IPv6 asks for. A path that carries less cuts the packets outside, where nothing forbids it. */
export const MIN_INNER_MTU = 1_280;

/** Where nobody has found out; with 80 bytes of tunnel around it, the least inner packet passes nearly everywhere. */
export const UNKNOWN_PATH_MTU = 0;

const PADDING_BYTES = 16;
const UDP_BYTES = 8;
const TUNNEL_BYTES = datagramBytes(0);

/** Whole padding: a packet that is padded past what the path carries would not arrive. */
export function innerMtuOf({ direct }: Route, pathMtu: number): number {
  const isV4 = direct !== undefined && addressFamily(direct.endpoint.address) === 4;
  const most = pathMtu - (isV4 ? 20 : 40) - UDP_BYTES - TUNNEL_BYTES;
  return Math.max(MIN_INNER_MTU, most - (most % PADDING_BYTES));
}
