/**
 * Requests to the kernel's routing netlink (rtnetlink(7)), which configures interfaces where no
 * `ip` command is installed. Everything is in the machine's own byte order; addresses are not.
 *
 *     nlmsghdr    length 4 | type 2 | flags 2 | sequence 4 | port 4
 *     body        one structure for each type
 *     attributes  length 2 | type 2 | value, padded to 4
 */
import { endianness } from "node:os";
import { addressToBytes, type Prefix } from "@pinhole/protocol/net";
import { AF_INET, AF_INET6 } from "./sockaddr.ts";

const LITTLE_ENDIAN = endianness() === "LE";

const HEADER_BYTES = 16;
const NLMSG_ERROR = 2;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;

const NLM_F_REQUEST = 0x001;
const NLM_F_ACK = 0x004;
const NLM_F_REPLACE = 0x100;
const NLM_F_CREATE = 0x400;

const IFINFOMSG_BYTES = 16;
const IFF_UP = 1;
const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFLA_GSO_MAX_SEGS = 40;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const ADDR_GEN_MODE_NONE = 1;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
/** Nobody else is on this link to hold the same address, and waiting for an answer delays the first packet by a second. */
const IFA_F_NODAD = 0x02;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_PREFSRC = 7;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;

export function newLinkUp(index: number, mtu: number): Uint8Array {
  return request(RTM_NEWLINK, 0, [...link(index, IFF_UP), ...attribute(IFLA_MTU, u32(mtu))]);
}

/** How many packets may wait for us to read them. */
export function newLinkQueue(index: number, packets: number): Uint8Array {
  return request(RTM_NEWLINK, 0, [...link(index, 0), ...attribute(IFLA_TXQLEN, u32(packets))]);
}

/** Into how many packets one may have to be cut that is handed over whole. */
export function newLinkSegments(index: number, most: number): Uint8Array {
  return request(RTM_NEWLINK, 0, [...link(index, 0), ...attribute(IFLA_GSO_MAX_SEGS, u32(most))]);
}

/** Keeps the kernel from giving the interface a link-local IPv6 address, which would speak to everybody on a link that has nobody. */
export function newLinkWithoutLinkLocal(index: number): Uint8Array {
  const inet6 = attribute(AF_INET6, attribute(IFLA_INET6_ADDR_GEN_MODE, [ADDR_GEN_MODE_NONE]));
  return request(RTM_NEWLINK, 0, [...link(index, 0), ...attribute(IFLA_AF_SPEC, inet6)]);
}

export type AddressChange = { readonly action: "add" | "remove"; readonly index: number; readonly address: string };

/** The address alone, without the network around it: routes are set apart. */
export function newAddressChange({ action, index, address }: AddressChange): Uint8Array {
  const bytes = addressToBytes(address);
  const isV4 = bytes.length === 4;
  const body = [
    isV4 ? AF_INET : AF_INET6,
    bytes.length * 8,
    isV4 ? 0 : IFA_F_NODAD,
    RT_SCOPE_UNIVERSE,
    ...u32(index),
    ...attribute(IFA_LOCAL, bytes),
    ...attribute(IFA_ADDRESS, bytes),
  ];
  return action === "add" ? request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, body) : request(RTM_DELADDR, 0, body);
}

export type RouteChange = {
  readonly action: "add" | "remove";
  readonly index: number;
  readonly destination: Prefix;
  /** What the host calls itself towards this destination. */
  readonly source: string | undefined;
};

export function newRouteChange({ action, index, destination, source }: RouteChange): Uint8Array {
  const bytes = addressToBytes(destination.address);
  const isV4 = bytes.length === 4;
  const scope = isV4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  const body = [
    isV4 ? AF_INET : AF_INET6,
    destination.length,
    0,
    0,
    RT_TABLE_MAIN,
    RTPROT_STATIC,
    scope,
    RTN_UNICAST,
    ...u32(0),
    ...attribute(RTA_DST, bytes),
    ...attribute(RTA_OIF, u32(index)),
    ...(source === undefined ? [] : attribute(RTA_PREFSRC, addressToBytes(source))),
  ];
  return action === "add" ? request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body) : request(RTM_DELROUTE, 0, body);
}

/** The kernel's answer to one request: zero or an errno; undefined when it is no answer. */
export function readAcknowledgement(answer: Uint8Array): number | undefined {
  if (answer.length < HEADER_BYTES + 4) return undefined;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  if (view.getUint16(4, LITTLE_ENDIAN) !== NLMSG_ERROR) return undefined;
  return 0 - view.getInt32(HEADER_BYTES, LITTLE_ENDIAN);
}

export type LinkState = { readonly index: number; readonly isUp: boolean };

/** Every link that an announcement speaks of; nothing more once it stops making sense. */
export function readLinkStates(announcement: Uint8Array): readonly LinkState[] {
  const view = new DataView(announcement.buffer, announcement.byteOffset, announcement.byteLength);
  const states: LinkState[] = [];
  for (let at = 0; at + HEADER_BYTES + IFINFOMSG_BYTES <= view.byteLength; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < HEADER_BYTES || at + length > view.byteLength) break;
    if (view.getUint16(at + 4, LITTLE_ENDIAN) === RTM_NEWLINK && length >= HEADER_BYTES + IFINFOMSG_BYTES) {
      const body = at + HEADER_BYTES;
      const isUp = (view.getUint32(body + 8, LITTLE_ENDIAN) & IFF_UP) !== 0;
      states.push({ index: view.getInt32(body + 4, LITTLE_ENDIAN), isUp });
    }
    at += (length + 3) & ~3;
  }
  return states;
}

/** `struct ifinfomsg`; only `flags` themselves change. */
function link(index: number, flags: number): readonly number[] {
  return [...u32(0), ...u32(index), ...u32(flags), ...u32(flags)];
}

function request(type: number, flags: number, body: readonly number[]): Uint8Array {
  const allFlags = flags | NLM_F_REQUEST | NLM_F_ACK;
  return Uint8Array.from([
    ...u32(HEADER_BYTES + body.length),
    ...u16(type),
    ...u16(allFlags),
    ...u32(1),
    ...u32(0),
    ...body,
  ]);
}

function attribute(type: number, value: Iterable<number>): readonly number[] {
  const bytes = [...value];
  const padding = Array.from({ length: -bytes.length & 3 }, () => 0);
  return [...u16(4 + bytes.length), ...u16(type), ...bytes, ...padding];
}

function u16(value: number): readonly number[] {
  const bytes = [value & 0xff, (value >>> 8) & 0xff];
  return LITTLE_ENDIAN ? bytes : bytes.toReversed();
}

function u32(value: number): readonly number[] {
  const bytes = [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
  return LITTLE_ENDIAN ? bytes : bytes.toReversed();
}
