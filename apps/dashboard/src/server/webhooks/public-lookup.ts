/**
 * Where a webhook may lead. A name is resolved once, every address is judged, and the connection goes to one of those: what
 * the name says a moment later (DNS rebinding) is never asked.
 */
import { lookup as dnsLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { addressFamily, addressScope, contains, parseAddress } from "@pinhole/protocol";

export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export const resolveByDns: Resolve = (hostname) => dnsLookup(hostname, { all: true });

/** The message of the error when there is nothing else to connect to. */
export const PRIVATE_ADDRESS = "private-address";

/** All that is routed on the Internet (RFC 4291 §2.4), and NAT64, whose inner address has been judged. */
const ROUTED_V6 = [
  { address: "2000::", length: 3 },
  { address: "64:ff9b::", length: 96 },
] as const;

export function isPublicAddress(address: string): boolean {
  // Canonical first: an IPv4 address inside of IPv6 has several spellings, and the system connects to all of them.
  const parsed = parseAddress(address);
  if (!parsed.ok || addressScope(parsed.value) !== "global") return false;
  return addressFamily(parsed.value) === 4 || ROUTED_V6.some((prefix) => contains(prefix, parsed.value));
}

/** For `http.request`, which asks it for every name; a host that is an address itself is judged before. */
export function publicLookup(resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const allowed = found.filter(({ address }) => isPublicAddress(address));
        const [first] = allowed;
        if (first === undefined) return callback(new Error(PRIVATE_ADDRESS), "");
        if (options.all === true) callback(null, [...allowed]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}
