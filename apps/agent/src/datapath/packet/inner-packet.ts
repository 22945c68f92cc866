/**
 * The headers of one packet inside the tunnel, read strictly: whatever two readers could
 * understand differently is refused, since the host's own stack is the second reader.
 *
 * Refused besides what is malformed: IPv4 options and IPv6 routing headers (a source route names
 * another destination than the one that policy sees), fragments that could overwrite the header
 * that policy saw (RFC 1858, RFC 5722), and addresses that are nobody's own.
 *
 * One object is reused for all packets, so nothing is allocated for each.
 */
import { DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, ICMP, ICMPV6, ROUTING, TCP, UDP } from "./protocol-numbers.ts";

export type MalformedReason =
  | "bad-version"
  | "bad-length"
  | "ip-options"
  | "routing-header"
  | "bad-extension"
  | "fragment-overlap"
  | "short-transport"
  | "multicast"
  | "mapped-address"
  | "reserved-address";

const V4_HEADER_BYTES = 20;
const V6_HEADER_BYTES = 40;
/** A chain of extension headers longer than this has no honest use. */
const MAX_EXTENSIONS = 8;

export class InnerPacket {
  bytes: Uint8Array = new Uint8Array(0);
  family: 4 | 6 = 4;
  srcAt = 0;
  dstAt = 0;
  addressBytes = 4;
  /** Of the transport header, behind all extension headers. */
  protocol = 0;
  transportAt = 0;
  /** Zero where the protocol has none, and in fragments after the first. For ICMP echo, both are the identifier. */
  srcPort = 0;
  dstPort = 0;
  /** For ICMP and ICMPv6, else -1. */
  icmpType = -1;
  tcpFlags = 0;
  isFragment = false;
  /** A fragment after the first has no transport header. */
  isLaterFragment = false;
  fragmentId = 0;

  /** Reads the headers of `bytes`; undefined when all is well. */
  read(bytes: Uint8Array): MalformedReason | undefined {
    this.bytes = bytes;
    this.srcPort = 0;
    this.dstPort = 0;
    this.icmpType = -1;
    this.tcpFlags = 0;
    this.isFragment = false;
    this.isLaterFragment = false;
    this.fragmentId = 0;
    const version = (bytes[0] ?? 0) >>> 4;
    if (version === 4) return this.#readV4(bytes) ?? this.#readTransport(bytes);
    if (version === 6) return this.#readV6(bytes) ?? this.#readTransport(bytes);
    return "bad-version";
  }

  #readV4(bytes: Uint8Array): MalformedReason | undefined {
    if (bytes.length < V4_HEADER_BYTES || u16(bytes, 2) !== bytes.length) return "bad-length";
    const words = (bytes[0] ?? 0) & 0x0f;
    if (words !== 5) return words < 5 ? "bad-length" : "ip-options";
    this.family = 4;
    this.addressBytes = 4;
    this.srcAt = 12;
    this.dstAt = 16;
    this.protocol = bytes[9] ?? 0;
    this.transportAt = V4_HEADER_BYTES;

    const fragment = u16(bytes, 6);
    if ((fragment & 0x3fff) !== 0) {
      const broken = this.#readFragment(fragment & 0x1fff, bytes);
      if (broken !== undefined) return broken;
      this.fragmentId = u16(bytes, 4);
    }
    return v4Problem(bytes, 12) ?? v4Problem(bytes, 16);
  }

  #readV6(bytes: Uint8Array): MalformedReason | undefined {
    if (bytes.length < V6_HEADER_BYTES || V6_HEADER_BYTES + u16(bytes, 4) !== bytes.length) return "bad-length";
    this.family = 6;
    this.addressBytes = 16;
    this.srcAt = 8;
    this.dstAt = 24;
    let next = bytes[6] ?? 0;
    let at = V6_HEADER_BYTES;
    for (let extensions = 0; !this.isLaterFragment; extensions++) {
      if (next === ROUTING) return "routing-header";
      if (!isExtension(next)) break;
      // Hop-by-hop options stand first or nowhere (RFC 8200 §4.1).
      if (extensions === MAX_EXTENSIONS || (next === HOP_BY_HOP && extensions > 0)) return "bad-extension";
      if (at + 8 > bytes.length) return "bad-extension";
      const length = next === FRAGMENT ? 8 : ((bytes[at + 1] ?? 0) + 1) * 8;
      if (next === FRAGMENT) {
        if (this.isFragment) return "bad-extension";
        this.protocol = bytes[at] ?? 0;
        this.transportAt = at + 8;
        this.fragmentId = u32(bytes, at + 4);
        const broken = this.#readFragment(u16(bytes, at + 2) >>> 3, bytes);
        // All headers belong into the first fragment (RFC 7112), and only what is behind them may come later.
        if (this.isLaterFragment && isExtension(this.protocol)) return "bad-extension";
        if (broken !== undefined) return broken;
        // An atomic fragment is whole, and read as such (RFC 6946).
        if ((u16(bytes, at + 2) & 0xfff9) === 0) this.isFragment = false;
      }
      next = bytes[at] ?? 0;
      at += length;
      if (at > bytes.length) return "bad-extension";
    }
    this.protocol = next;
    this.transportAt = at;
    return v6Problem(bytes, 8) ?? v6Problem(bytes, 24);
  }

  /** `offset` is in units of 8 bytes. */
  #readFragment(offset: number, bytes: Uint8Array): MalformedReason | undefined {
    this.isFragment = true;
    this.isLaterFragment = offset > 0;
    // Reassembled, it would be longer than any packet can be.
    if (offset * 8 + bytes.length - this.transportAt > 0xffff) return "fragment-overlap";
    if (this.isLaterFragment && offset * 8 < transportBytes(this.protocol)) return "fragment-overlap";
    return undefined;
  }

  #readTransport(bytes: Uint8Array): MalformedReason | undefined {
    if (this.isLaterFragment) return undefined;
    const at = this.transportAt;
    // In a first fragment too: a header in two pieces is a header that policy never sees whole.
    if (bytes.length - at < transportBytes(this.protocol)) return "short-transport";
    switch (this.protocol) {
      case TCP:
        if ((bytes[at + 12] ?? 0) >>> 4 < 5) return "short-transport";
        this.tcpFlags = bytes[at + 13] ?? 0;
        this.srcPort = u16(bytes, at);
        this.dstPort = u16(bytes, at + 2);
        return undefined;
      case UDP:
        this.srcPort = u16(bytes, at);
        this.dstPort = u16(bytes, at + 2);
        return undefined;
      case ICMP:
      case ICMPV6:
        // Each belongs to its own version: the other one's is read by nobody in the same way.
        if ((this.protocol === ICMP) !== (this.family === 4)) return "short-transport";
        this.icmpType = bytes[at] ?? 0;
        if (isEcho(this.family, this.icmpType)) {
          this.srcPort = u16(bytes, at + 4);
          this.dstPort = this.srcPort;
        }
        return undefined;
      default:
        return undefined;
    }
  }
}

function isExtension(protocol: number): boolean {
  return protocol === HOP_BY_HOP || protocol === DESTINATION_OPTIONS || protocol === FRAGMENT || protocol === ROUTING;
}

/** What must lie in the first fragment, and may not be overwritten by a later one. */
function transportBytes(protocol: number): number {
  if (protocol === TCP) return 20;
  return protocol === UDP || protocol === ICMP || protocol === ICMPV6 ? 8 : 0;
}

function isEcho(version: 4 | 6, type: number): boolean {
  return version === 4 ? type === 0 || type === 8 : type === 128 || type === 129;
}

function v4Problem(bytes: Uint8Array, at: number): MalformedReason | undefined {
  const first = bytes[at] ?? 0;
  // 224/4, and 240/4 with the limited broadcast.
  if (first >= 224) return first < 240 || first === 255 ? "multicast" : "reserved-address";
  return first === 0 || first === 127 ? "reserved-address" : undefined;
}

function v6Problem(bytes: Uint8Array, at: number): MalformedReason | undefined {
  if (bytes[at] === 0xff) return "multicast";
  if (bytes[at] !== 0) return undefined;
  for (let i = 1; i < 10; i++) if (bytes[at + i] !== 0) return undefined;
  // ::ffff:0:0/96, and below it the loopback, the unspecified and the "IPv4-compatible" addresses.
  if (bytes[at + 10] === 0xff && bytes[at + 11] === 0xff) return "mapped-address";
  return bytes[at + 10] === 0 && bytes[at + 11] === 0 ? "reserved-address" : undefined;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
}
