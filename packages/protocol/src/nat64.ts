/**
 * IPv4 addresses inside IPv6 ones, as a NAT64 reads them (RFC 6052 §2.2). With every prefix shorter than 96
 * bits, bits 64 to 71 stay zero and the address is laid around them:
 *
 *     /32  prefix(4)  v4(4)            u  …
 *     /40  prefix(5)  v4(3)            u  v4(1)  …
 *     /48  prefix(6)  v4(2)            u  v4(2)  …
 *     /56  prefix(7)  v4(1)            u  v4(3)  …
 *     /64  prefix(8)                   u  v4(4)  …
 *     /96  prefix(12)                            v4(4)
 */
import { addressFamily, addressFromBytes, addressToBytes, parseAddress } from "./address.ts";
import { contains, type Prefix, prefixOf } from "./prefix.ts";

/** What everybody knows: 64:ff9b::/96. */
export const WELL_KNOWN_NAT64_PREFIX: Prefix = { address: "64:ff9b::", length: 96 };

/** The addresses of ipv4only.arpa, which are nobody's. */
const IPV4ONLY = ["192.0.0.170", "192.0.0.171"];

const LENGTHS = [32, 40, 48, 56, 64, 96];
const U_BYTE = 8;

/**
 * The IPv6 address that stands for an IPv4 one behind a NAT64 prefix.
 * @throws RangeError on a prefix length that RFC 6052 does not have, or on addresses of the wrong family.
 */
export function embedIpv4(prefix: Prefix, address: string): string {
  const v4 = addressToBytes(address);
  if (v4.length !== 4) throw new RangeError(`${address} is no IPv4 address`);
  const bytes = addressToBytes(prefix.address);
  for (const [index, at] of placesOf(prefix).entries()) bytes[at] = v4[index] ?? 0;
  return addressFromBytes(bytes);
}

/** The IPv4 address in an IPv6 one; undefined where it does not have the prefix. */
export function extractIpv4(prefix: Prefix, address: string): string | undefined {
  if (!contains(prefix, address)) return undefined;
  const bytes = addressToBytes(address);
  return addressFromBytes(Uint8Array.from(placesOf(prefix), (at) => bytes[at] ?? 0));
}

/** By what the network's resolver makes up for `ipv4only.arpa` (RFC 7050): the prefix around one of that name's two addresses. */
export function findNat64Prefix(addresses: readonly string[]): Prefix | undefined {
  for (const text of addresses) {
    const parsed = parseAddress(text);
    if (!parsed.ok || addressFamily(parsed.value) !== 6) continue;
    for (const length of LENGTHS.toReversed()) {
      const prefix = prefixOf(parsed.value, length);
      if (IPV4ONLY.includes(extractIpv4(prefix, parsed.value) ?? "")) return prefix;
    }
  }
  return undefined;
}

/** Where the four bytes lie. */
function placesOf({ address, length }: Prefix): number[] {
  if (addressFamily(address) !== 6 || !LENGTHS.includes(length))
    throw new RangeError(`${address}/${length} is no NAT64 prefix`);
  return [0, 1, 2, 3].map((index) => {
    const at = length / 8 + index;
    return length < 96 && at >= U_BYTE ? at + 1 : at;
  });
}
