/**
 * The flow that an ICMP error is about: it quotes the start of a packet that we sent, our
 * address in the source. The quote is the peer's word, so it is only ever compared with flows
 * that are known.
 */
import type { InnerPacket } from "../packet/inner-packet.ts";
import { ICMP, ICMPV6, TCP, UDP } from "../packet/protocol-numbers.ts";
import type { FlowKey } from "./flow-table.ts";

/** Destination unreachable, time exceeded, parameter problem. */
const V4_ERRORS: readonly number[] = [3, 11, 12];
/** Destination unreachable, packet too big, time exceeded, parameter problem. */
const V6_ERRORS: readonly number[] = [1, 2, 3, 4];

const ICMP_HEADER_BYTES = 8;
/** Every error quotes at least this much of the transport header (RFC 792). */
const QUOTED_TRANSPORT_BYTES = 8;

export function readQuotedFlow({
  bytes,
  family,
  icmpType,
  transportAt,
  addressBytes,
}: InnerPacket): FlowKey | undefined {
  if (!(family === 4 ? V4_ERRORS : V6_ERRORS).includes(icmpType)) return undefined;
  const at = transportAt + ICMP_HEADER_BYTES;
  const first = bytes[at] ?? 0;
  if (first >>> 4 !== family) return undefined;
  const headerBytes = family === 4 ? (first & 0x0f) * 4 : 40;
  if (headerBytes < 20 || at + headerBytes + QUOTED_TRANSPORT_BYTES > bytes.length) return undefined;

  const protocol = bytes[at + (family === 4 ? 9 : 6)] ?? 0;
  const transport = at + headerBytes;
  const flow = { bytes, localAt: at + (family === 4 ? 12 : 8), remoteAt: at + (family === 4 ? 16 : 24), addressBytes };
  if (protocol === TCP || protocol === UDP) {
    return { ...flow, protocol, localPort: u16(bytes, transport), remotePort: u16(bytes, transport + 2) };
  }
  if (protocol !== ICMP && protocol !== ICMPV6) return undefined;
  const identifier = u16(bytes, transport + 4);
  return { ...flow, protocol, localPort: identifier, remotePort: identifier };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
