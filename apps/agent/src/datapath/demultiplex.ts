/**
 * One UDP socket carries STUN, WireGuard and probes: whose is this datagram? By its first bytes
 * alone; nothing here is authenticated.
 *
 *     STUN        two zero bits | type 14 | length 16 | magic cookie 32 | … exactly as long as it says
 *     WireGuard   type 1–3, three zero bytes; or type 4 with a receiver index that WireGuard gave out
 *     probe       any other type 4: shaped like WireGuard's transport data, so that no path treats it worse
 */
import { messageKind } from "@pinhole/wireguard";

export type DatagramOwner = "stun" | "wireguard" | "probe" | "nobody";

const STUN_HEADER_BYTES = 20;
const STUN_MAGIC_COOKIE = 0x2112a442;

export function demultiplex(datagram: Uint8Array, hasWireGuardIndex: (index: number) => boolean): DatagramOwner {
  if (isStun(datagram)) return "stun";
  const kind = messageKind(datagram);
  switch (kind) {
    case "handshake-initiation":
    case "handshake-response":
    case "cookie-reply":
      return "wireguard";
    case "transport-data":
      return hasWireGuardIndex(receiverIndex(datagram)) ? "wireguard" : "probe";
    case "wrong-type":
    case "wrong-length":
      return "nobody";
    default:
      return kind satisfies never;
  }
}

/** A WireGuard message never passes for one: where its index happens to be the cookie, its length does not fit. */
function isStun(datagram: Uint8Array): boolean {
  if (datagram.length < STUN_HEADER_BYTES || (datagram[0] ?? 0) >= 0x40) return false;
  if (((datagram[2] ?? 0) << 8) + (datagram[3] ?? 0) + STUN_HEADER_BYTES !== datagram.length) return false;
  const cookie =
    ((datagram[4] ?? 0) << 24) | ((datagram[5] ?? 0) << 16) | ((datagram[6] ?? 0) << 8) | (datagram[7] ?? 0);
  return cookie >>> 0 === STUN_MAGIC_COOKIE;
}

/** Little-endian, as everything in WireGuard. */
function receiverIndex(datagram: Uint8Array): number {
  return (
    ((datagram[4] ?? 0) | ((datagram[5] ?? 0) << 8) | ((datagram[6] ?? 0) << 16) | ((datagram[7] ?? 0) << 24)) >>> 0
  );
}
