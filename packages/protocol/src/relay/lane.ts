/**
 * What a device passes on for two of its peers: a sealed packet behind the number of the lane that it travels on. Shaped
 * like WireGuard transport data, as probes are: nothing on the wire says what a datagram is.
 *
 *     offset  0        4                      16
 *             +--------+----------------------+---------------------------------+
 *             | 4 0 0 0| lane (12)            | sealed packet, or 16 zero bytes |
 *             +--------+----------------------+---------------------------------+
 *
 * With zero bytes it goes back to the lane's sender: the receiver cannot be reached.
 */
import { isSealedPacket } from "./sealed-packet.ts";

export const LANE_BYTES = 12;
const LANE_AT = 4;
export const LANE_HEADER_BYTES = LANE_AT + LANE_BYTES;
const TRANSPORT_DATA = 4;
const NOTHING_BYTES = 16;

export type LaneLoad =
  /** A view into the datagram, not a copy. */
  { readonly kind: "packet"; readonly packet: Uint8Array } | { readonly kind: "unreachable" };

export function encodeOnLane(lane: Uint8Array, load: LaneLoad): Uint8Array {
  if (lane.length !== LANE_BYTES) throw new RangeError(`a lane has ${LANE_BYTES} bytes`);
  const packet = load.kind === "packet" ? load.packet : new Uint8Array(NOTHING_BYTES);
  const datagram = new Uint8Array(LANE_HEADER_BYTES + packet.length);
  datagram[0] = TRANSPORT_DATA;
  datagram.set(lane, LANE_AT);
  datagram.set(packet, LANE_HEADER_BYTES);
  return datagram;
}

/** A view of the bytes where a lane would stand; whether they are one is known to who knows the lanes. */
export function laneOf(datagram: Uint8Array): Uint8Array | undefined {
  const isShaped = datagram[0] === TRANSPORT_DATA && datagram[1] === 0 && datagram[2] === 0 && datagram[3] === 0;
  return isShaped && datagram.length >= LANE_HEADER_BYTES + NOTHING_BYTES
    ? datagram.subarray(LANE_AT, LANE_HEADER_BYTES)
    : undefined;
}

/** Of a datagram on a lane; undefined for anything that no lane carries. */
export function loadOf(datagram: Uint8Array): LaneLoad | undefined {
  const packet = datagram.subarray(LANE_HEADER_BYTES);
  if (isSealedPacket(packet)) return { kind: "packet", packet };
  const isNothing = packet.length === NOTHING_BYTES && packet.every((byte) => byte === 0);
  return isNothing ? { kind: "unreachable" } : undefined;
}
