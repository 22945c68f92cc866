import { addressFamily } from "./address.ts";
import { prefixOf } from "./prefix.ts";

/** Who is counted as one where addresses are limited: whoever has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  return addressFamily(address) === 6 ? prefixOf(address, 64).address : address;
}
