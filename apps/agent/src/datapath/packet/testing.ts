/** Packets of any shape for tests, whole or wrong in one place. */
import { addressToBytes } from "@pinhole/protocol/net";
import { buildReference, segmentReference, TCP4 } from "./reference-packet.ts";

export type TestPacket = {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly tcpFlags?: number;
  readonly icmpType?: number;
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  readonly fragmentId?: number;
  /** IPv6 extension headers before the transport header, each 8 bytes. */
  readonly extensions?: readonly number[];
  readonly payload?: Uint8Array;
};

const FRAGMENT = 44;

/** Three packets of one stream of TCP over IPv4, one after the other, as a network carries them. */
export function streamOf(source: string, destination: string): [Uint8Array, Uint8Array, Uint8Array] {
  const whole = {
    ...TCP4,
    source: [...addressToBytes(source)],
    destination: [...addressToBytes(destination)],
    payload: Array.from({ length: 300 }, () => 7),
  };
  const [first, second, third] = segmentReference(whole, 100).map(buildReference);
  if (first === undefined || second === undefined || third === undefined) throw new Error("not three");
  return [first, second, third];
}

/** Without checksums. */
export function buildPacket(packet: TestPacket): Uint8Array {
  const source = addressToBytes(packet.source);
  const destination = addressToBytes(packet.destination);
  const transport = buildTransport(packet);
  return source.length === 4
    ? buildV4(packet, [source, destination], transport)
    : buildV6(packet, [source, destination], transport);
}

function buildTransport(packet: TestPacket): Uint8Array {
  const {
    protocol,
    sourcePort = 0,
    destinationPort = 0,
    tcpFlags = 0x10,
    icmpType = 8,
    payload = new Uint8Array(8),
  } = packet;
  if ((packet.fragmentOffset ?? 0) > 0) return payload;
  const ports = [sourcePort >> 8, sourcePort & 0xff, destinationPort >> 8, destinationPort & 0xff];
  switch (protocol) {
    case 6:
      return Uint8Array.of(...ports, ...zeros(8), 0x50, tcpFlags, ...zeros(6), ...payload);
    case 17:
      return Uint8Array.of(...ports, (payload.length + 8) >> 8, (payload.length + 8) & 0xff, 0, 0, ...payload);
    case 1:
    case 58:
      return Uint8Array.of(icmpType, 0, 0, 0, ports[0] ?? 0, ports[1] ?? 0, 0, 1, ...payload);
    default:
      return payload;
  }
}

function buildV4(packet: TestPacket, addresses: readonly Uint8Array[], transport: Uint8Array): Uint8Array {
  const { fragmentOffset = 0, moreFragments = false, fragmentId = 0, protocol } = packet;
  const total = 20 + transport.length;
  const fragment = (moreFragments ? 0x2000 : 0) | (fragmentOffset / 8);
  const header = [0x45, 0, ...u16(total), ...u16(fragmentId), ...u16(fragment), 64, protocol, 0, 0];
  return Uint8Array.of(...header, ...addresses.flatMap((bytes) => [...bytes]), ...transport);
}

function buildV6(packet: TestPacket, addresses: readonly Uint8Array[], transport: Uint8Array): Uint8Array {
  const { fragmentOffset, moreFragments = false, fragmentId = 0, protocol, extensions = [] } = packet;
  const isFragment = fragmentOffset !== undefined || moreFragments;
  const chain = [...extensions, ...(isFragment ? [FRAGMENT] : []), protocol];
  const headers = chain.slice(0, -1).flatMap((kind, at) => {
    const next = chain[at + 1] ?? 59;
    if (kind !== FRAGMENT) return [next, 0, ...zeros(6)];
    return [
      next,
      0,
      ...u16((fragmentOffset ?? 0) | (moreFragments ? 1 : 0)),
      ...u16(fragmentId >>> 16),
      ...u16(fragmentId & 0xffff),
    ];
  });
  const length = headers.length + transport.length;
  return Uint8Array.of(
    0x60,
    0,
    0,
    0,
    ...u16(length),
    chain[0] ?? 59,
    64,
    ...addresses.flatMap((bytes) => [...bytes]),
    ...headers,
    ...transport,
  );
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);
const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
