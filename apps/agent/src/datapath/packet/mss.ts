/**
 * Lowers what a TCP handshake says about the largest segment (RFC 9293 §3.7.1), so that neither
 * end sends what the tunnel would have to refuse: many never hear of the refusal.
 */
import type { InnerPacket } from "./inner-packet.ts";
import { TCP } from "./protocol-numbers.ts";

const SYN = 0x02;
const TCP_HEADER_BYTES = 20;
const CHECKSUM_OFFSET = 16;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const MAXIMUM_SEGMENT_SIZE = 2;

/** Where the checksum is still to be computed, of `hasChecksum` false, it stays as it is. */
export function clampMss(packet: InnerPacket, innerMtu: number, hasChecksum: boolean): void {
  if (packet.protocol !== TCP || (packet.tcpFlags & SYN) === 0 || packet.isFragment) return;
  const { bytes, transportAt, family } = packet;
  const at = findMss(bytes, transportAt);
  const most = innerMtu - (family === 4 ? 20 : 40) - TCP_HEADER_BYTES;
  if (at === undefined || u16(bytes, at) <= most) return;
  // The 16-bit words of the header that the two bytes lie in: one, or two halves.
  const from = transportAt + ((at - transportAt) & ~1);
  const to = from === at ? from + 2 : from + 4;
  const before = sum(bytes, from, to);
  setU16(bytes, at, most);
  if (!hasChecksum) return;
  const checksumAt = transportAt + CHECKSUM_OFFSET;
  setU16(bytes, checksumAt, updated(u16(bytes, checksumAt), before, sum(bytes, from, to)));
}

/** Where the value stands. Options that make no sense are the host's to judge. */
function findMss(bytes: Uint8Array, transportAt: number): number | undefined {
  const end = Math.min(transportAt + ((bytes[transportAt + 12] ?? 0) >>> 4) * 4, bytes.length);
  for (let at = transportAt + TCP_HEADER_BYTES; at + 1 < end; ) {
    const kind = bytes[at];
    if (kind === END_OF_OPTIONS) return undefined;
    if (kind === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > end) return undefined;
    if (kind === MAXIMUM_SEGMENT_SIZE) return length === 4 ? at + 2 : undefined;
    at += length;
  }
  return undefined;
}

/** RFC 1624: a checksum whose data have changed from one sum to another. */
function updated(checksum: number, before: number, after: number): number {
  let folded = (~checksum & 0xffff) + (~before & 0xffff) + after;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 2) total += u16(bytes, at);
  return (total & 0xffff) + (total >>> 16);
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
