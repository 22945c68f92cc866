/**
 * Transport data: one encrypted packet, or none at all (a keepalive).
 *
 *     offset  0      1          4          8         16                       32 + 16n
 *             +------+----------+----------+---------+------------------------+
 *             | 0x04 | reserved | receiver | counter | packet, padding + tag  |
 *             |      | 000000   | u32 LE   | u64 LE  | 16n + 16 sealed        |
 *             +------+----------+----------+---------+------------------------+
 *
 * The header is not sealed with the packet: the counter is the nonce, and a wrong receiver
 * finds a wrong key.
 */
import { INDEX_OFFSET, MessageType, PADDING_BYTES, TAG_BYTES } from "./constants.ts";
import type { Counter } from "./counter.ts";
import { writeU32 } from "./little-endian.ts";

export const COUNTER_OFFSET = 8;
export const TRANSPORT_HEADER_BYTES = 16;

/** A keepalive: header and tag around nothing. */
export const MIN_TRANSPORT_DATA_BYTES = TRANSPORT_HEADER_BYTES + TAG_BYTES;

export function writeTransportHeader(
  into: Uint8Array,
  at: number,
  { receiver, counter }: { readonly receiver: number; readonly counter: Counter },
): void {
  writeU32(into, at, MessageType.TransportData);
  writeU32(into, at + INDEX_OFFSET, receiver);
  writeU32(into, at + COUNTER_OFFSET, counter.lo);
  writeU32(into, at + COUNTER_OFFSET + 4, counter.hi);
}

/** How long the datagram is that carries a packet of this length. */
export function datagramBytes(packetLength: number): number {
  const padding = -packetLength & (PADDING_BYTES - 1);
  return TRANSPORT_HEADER_BYTES + packetLength + padding + TAG_BYTES;
}
