/**
 * "Fragmentation needed" (RFC 792, RFC 1191) and "Packet Too Big" (RFC 4443 §3.2): tells the host
 * how long a packet may be towards a peer, so that no connection hangs.
 *
 *     ICMP     type 3 | code 4 | checksum 2 | unused 2 | next-hop MTU 2 | start of the packet
 *     ICMPv6   type 2 | code 0 | checksum 2 | MTU 4                     | start of the packet
 */
import { foldChecksum, sumWords } from "./checksum.ts";
import type { InnerPacket } from "./inner-packet.ts";
import { ICMP, ICMPV6 } from "./protocol-numbers.ts";

const ICMP_HEADER_BYTES = 8;
const V4_HEADER_BYTES = 20;
const V6_HEADER_BYTES = 40;
/** Of a whole error message: what every host takes (RFC 1812 §4.3.2.3, RFC 4443 §2.4). */
const MAX_BYTES = { 4: 576, 6: 1_280 } as const;
const HOP_LIMIT = 64;
/** Don't fragment. */
const DF = 0x40;

/** Whether the sender is to hear of it: over IPv4 only who forbids fragments. */
export function mayNotBeCut({ bytes, family }: InnerPacket): boolean {
  return family === 6 || ((bytes[6] ?? 0) & DF) !== 0;
}

/** In the name of the packet's destination: from an address of its own, the host would not take it. */
export function newTooBig({ bytes, family, srcAt, dstAt, addressBytes }: InnerPacket, mtu: number): Uint8Array {
  const headerBytes = family === 4 ? V4_HEADER_BYTES : V6_HEADER_BYTES;
  const quote = bytes.subarray(0, MAX_BYTES[family] - headerBytes - ICMP_HEADER_BYTES);
  const error = new Uint8Array(headerBytes + ICMP_HEADER_BYTES + quote.length);
  error.set(bytes.subarray(dstAt, dstAt + addressBytes), srcAt);
  error.set(bytes.subarray(srcAt, srcAt + addressBytes), dstAt);
  error.set(quote, headerBytes + ICMP_HEADER_BYTES);
  if (family === 4) {
    error[0] = 0x45;
    setU16(error, 2, error.length);
    error[8] = HOP_LIMIT;
    error[9] = ICMP;
    setU16(error, 10, foldChecksum(sumWords(error, 0, V4_HEADER_BYTES)));
    error.set([3, 4], headerBytes);
  } else {
    error[0] = 0x60;
    setU16(error, 4, error.length - V6_HEADER_BYTES);
    error[6] = ICMPV6;
    error[7] = HOP_LIMIT;
    error[headerBytes] = 2;
  }
  setU16(error, headerBytes + 6, mtu);
  const pseudo = family === 4 ? 0 : sumWords(error, 8, V6_HEADER_BYTES) + (error.length - headerBytes) + ICMPV6;
  setU16(error, headerBytes + 2, foldChecksum(pseudo + sumWords(error, headerBytes, error.length)));
  return error;
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
