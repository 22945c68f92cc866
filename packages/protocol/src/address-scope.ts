/**
 * What kind of place an address names. It decides which addresses an agent offers
 * and, above all, to which ones it will send because somebody else told it to.
 */
import { addressFamily, addressFromBytes, addressToBytes } from "./address.ts";
import { contains, type Prefix } from "./prefix.ts";

export type AddressScope =
  | "loopback"
  | "link-local"
  | "private"
  | "carrier-grade"
  | "multicast"
  | "broadcast"
  | "unspecified"
  | "documentation"
  | "global";

type Row = readonly [AddressScope, address: string, length: number];

/** The first match wins. */
const V4_ROWS: readonly Row[] = [
  ["unspecified", "0.0.0.0", 8],
  ["loopback", "127.0.0.0", 8],
  ["link-local", "169.254.0.0", 16],
  ["private", "10.0.0.0", 8],
  ["private", "172.16.0.0", 12],
  ["private", "192.168.0.0", 16],
  // IETF protocol assignments: the inner side of DS-Lite and of 464XLAT.
  ["private", "192.0.0.0", 24],
  // Benchmarking (RFC 2544): never routed on the Internet.
  ["private", "198.18.0.0", 15],
  ["carrier-grade", "100.64.0.0", 10],
  ["documentation", "192.0.2.0", 24],
  ["documentation", "198.51.100.0", 24],
  ["documentation", "203.0.113.0", 24],
  ["multicast", "224.0.0.0", 4],
  // The rest of class E with it: reserved, and no host answers there.
  ["broadcast", "240.0.0.0", 4],
];

const V6_ROWS: readonly Row[] = [
  ["unspecified", "::", 128],
  ["loopback", "::1", 128],
  // IPv4-compatible: deprecated, and another spelling of loopback to some.
  ["unspecified", "::", 96],
  ["link-local", "fe80::", 10],
  // Unique local; and site-local, which it replaced.
  ["private", "fc00::", 7],
  ["private", "fec0::", 10],
  // NAT64 for local use (RFC 8215).
  ["private", "64:ff9b:1::", 48],
  ["documentation", "2001:db8::", 32],
  ["documentation", "3fff::", 20],
  ["multicast", "ff00::", 8],
];

const NAT64 = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

const V4_TABLE = V4_ROWS.map(toEntry);
const V6_TABLE = V6_ROWS.map(toEntry);

/**
 * The scope of an address.
 * @throws RangeError when the text is not an address.
 */
export function addressScope(address: string): AddressScope {
  // Refuses text that is no address, which would otherwise match no row and count as global.
  const bytes = addressToBytes(address);
  const inside = embeddedV4(bytes);
  if (inside !== undefined) return addressScope(inside);
  const table = addressFamily(address) === 4 ? V4_TABLE : V6_TABLE;
  return table.find(({ prefix }) => contains(prefix, address))?.scope ?? "global";
}

/** A translator sends on to the IPv4 address inside of NAT64's well-known prefix (RFC 6052), and of 6to4's (RFC 3056). */
function embeddedV4(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return undefined;
  if (bytes[0] === 0x20 && bytes[1] === 0x02) return addressFromBytes(bytes.subarray(2, 6));
  return NAT64.every((byte, at) => bytes[at] === byte) ? addressFromBytes(bytes.subarray(12)) : undefined;
}

function toEntry([scope, address, length]: Row): { readonly scope: AddressScope; readonly prefix: Prefix } {
  return { scope, prefix: { address, length } };
}
