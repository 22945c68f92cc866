/**
 * ICMP echo of both versions: requests made, requests answered, replies recognized.
 *
 *     type 1 | code 1 | checksum 2 | identifier 2 | sequence 2 | payload
 */
import { addressToBytes } from "@pinhole/protocol/net";
import { foldChecksum, sumWords } from "./checksum.ts";
import type { InnerPacket } from "./inner-packet.ts";
import { ICMP, ICMPV6 } from "./protocol-numbers.ts";

const ICMP_HEADER_BYTES = 8;
const V4_HEADER_BYTES = 20;
const V6_HEADER_BYTES = 40;
const HOP_LIMIT = 64;

const REQUEST = { 4: 8, 6: 128 } as const;
const REPLY = { 4: 0, 6: 129 } as const;

export type Echo = {
  readonly source: string;
  readonly destination: string;
  readonly identifier: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
};

export function newEchoRequest({ source, destination, identifier, sequence, payload }: Echo): Uint8Array {
  const from = addressToBytes(source);
  const to = addressToBytes(destination);
  if (from.length !== to.length) throw new RangeError("both addresses are of one family");
  const version = from.length === 4 ? 4 : 6;
  const headerBytes = version === 4 ? V4_HEADER_BYTES : V6_HEADER_BYTES;
  const packet = new Uint8Array(headerBytes + ICMP_HEADER_BYTES + payload.length);
  if (version === 4) {
    packet[0] = 0x45;
    setU16(packet, 2, packet.length);
    packet[8] = HOP_LIMIT;
    packet[9] = ICMP;
    packet.set(from, 12);
    packet.set(to, 16);
  } else {
    packet[0] = 0x60;
    setU16(packet, 4, packet.length - V6_HEADER_BYTES);
    packet[6] = ICMPV6;
    packet[7] = HOP_LIMIT;
    packet.set(from, 8);
    packet.set(to, 24);
  }
  packet[headerBytes] = REQUEST[version];
  setU16(packet, headerBytes + 4, identifier);
  setU16(packet, headerBytes + 6, sequence);
  packet.set(payload, headerBytes + ICMP_HEADER_BYTES);
  setChecksums(packet, version, headerBytes);
  return packet;
}

export function isEchoRequest({ family, icmpType, isFragment }: InnerPacket): boolean {
  return icmpType === REQUEST[family] && !isFragment;
}

export function isEchoReply({ family, icmpType, isFragment }: InnerPacket): boolean {
  return icmpType === REPLY[family] && !isFragment;
}

export function echoSequence({ bytes, transportAt }: InnerPacket): number {
  return ((bytes[transportAt + 6] ?? 0) << 8) | (bytes[transportAt + 7] ?? 0);
}

export function echoPayload({ bytes, transportAt }: InnerPacket): Uint8Array {
  return bytes.subarray(transportAt + ICMP_HEADER_BYTES);
}

/** The reply to a request that was read from the tunnel: as long as it, back to where it came from. */
export function newEchoReply({ bytes, family, transportAt, srcAt, dstAt, addressBytes }: InnerPacket): Uint8Array {
  const reply = Uint8Array.from(bytes);
  reply.set(bytes.subarray(dstAt, dstAt + addressBytes), srcAt);
  reply.set(bytes.subarray(srcAt, srcAt + addressBytes), dstAt);
  reply[family === 4 ? 8 : 7] = HOP_LIMIT;
  reply[transportAt] = REPLY[family];
  setChecksums(reply, family, transportAt);
  return reply;
}

function setChecksums(packet: Uint8Array, version: 4 | 6, icmpAt: number): void {
  setU16(packet, icmpAt + 2, 0);
  // ICMPv6 covers a pseudo-header: both addresses, the length and the protocol (RFC 4443 §2.3).
  const pseudo = version === 4 ? 0 : sumWords(packet, 8, V6_HEADER_BYTES) + (packet.length - icmpAt) + ICMPV6;
  setU16(packet, icmpAt + 2, foldChecksum(pseudo + sumWords(packet, icmpAt, packet.length)));
  if (version === 6) return;
  setU16(packet, 10, 0);
  setU16(packet, 10, foldChecksum(sumWords(packet, 0, V4_HEADER_BYTES)));
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
