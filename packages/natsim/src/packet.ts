/** A packet on its way. Routers change it in place; whoever keeps one past its own turn keeps a copy. */
import type { EndpointKey } from "./address-book.ts";

/** What an ICMP error says of the packet that it quotes. */
export type IcmpKind = "time-exceeded" | "port-unreachable" | "prohibited" | "packet-too-big";

export type Icmp = {
  readonly kind: IcmpKind;
  /** The next link's, of `packet-too-big`. */
  readonly mtuBytes?: number;
};

export type Packet = {
  /** As `send` returned it; an ICMP error has that of the packet it quotes. */
  readonly number: number;
  source: EndpointKey;
  destination: EndpointKey;
  readonly bytes: Uint8Array;
  ttl: number;
  /**
   * An ICMP error quotes a packet, and its `source` and `destination` are those of the quoted one
   * turned round: it finds its way back as an answer would.
   */
  readonly icmp: Icmp | undefined;
  mayFragment: boolean;
  isFragmented: boolean;
  /** Whether it has waited for its turn in virtual time yet: a packet is never received within its own `send`. */
  hasWaited: boolean;
};

/** Which way through a router or a firewall. */
export type Direction = "out" | "in";

const IPV4_UDP_BYTES = 28;
const IPV6_UDP_BYTES = 48;
export const DEFAULT_TTL = 64;

export type NewPacket = Pick<Packet, "number" | "source" | "destination" | "bytes"> &
  Partial<Pick<Packet, "ttl" | "mayFragment">>;

export function newPacket({
  number,
  source,
  destination,
  bytes,
  ttl = DEFAULT_TTL,
  mayFragment = true,
}: NewPacket): Packet {
  return {
    number,
    source,
    destination,
    bytes,
    ttl,
    icmp: undefined,
    mayFragment,
    isFragmented: false,
    hasWaited: false,
  };
}

/** The error that tells the sender of a packet what became of it; an error gets none itself. */
export function icmpAbout(packet: Packet, icmp: Icmp): Packet | undefined {
  if (packet.icmp !== undefined) return undefined;
  return {
    number: packet.number,
    source: packet.destination,
    destination: packet.source,
    bytes: packet.bytes,
    ttl: DEFAULT_TTL,
    icmp,
    mayFragment: true,
    isFragmented: false,
    hasWaited: packet.hasWaited,
  };
}

/** With the headers of IP and UDP. */
export function sizeOf({ bytes }: Packet, family: 4 | 6): number {
  return bytes.length + (family === 4 ? IPV4_UDP_BYTES : IPV6_UDP_BYTES);
}
