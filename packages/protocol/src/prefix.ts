/** Address prefixes in CIDR notation. Canonical: the address is the lowest of the block, so one block has one text. */
import { addressFamily, addressFromBytes, addressToBytes, parseAddress } from "./address.ts";
import { err, ok, type Result } from "./result.ts";

export type Prefix = { readonly address: string; readonly length: number };

export type PrefixError = "bad-prefix" | "host-bits-set";

export function parsePrefix(text: string): Result<Prefix, PrefixError> {
  const slash = text.indexOf("/");
  const lengthText = text.slice(slash + 1);
  if (slash === -1 || !/^(?:0|[1-9][0-9]{0,2})$/.test(lengthText)) return err("bad-prefix");

  const address = parseAddress(text.slice(0, slash));
  if (!address.ok) return err("bad-prefix");
  const length = Number(lengthText);
  if (length > bitsOf(address.value)) return err("bad-prefix");
  if (networkAddress(address.value, length) !== address.value) return err("host-bits-set");
  return ok({ address: address.value, length });
}

export function formatPrefix({ address, length }: Prefix): string {
  return `${address}/${length}`;
}

/** The prefix of `length` bits that an address lies in. */
export function prefixOf(address: string, length: number): Prefix {
  return { address: networkAddress(address, length), length };
}

export function contains(prefix: Prefix, address: string): boolean {
  if (addressFamily(prefix.address) !== addressFamily(address)) return false;
  return sharesBits(addressToBytes(prefix.address), addressToBytes(address), prefix.length);
}

/** Whether any address lies in both: two blocks overlap only when one contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b.address) : contains(b, a.address);
}

function bitsOf(address: string): number {
  return addressFamily(address) === 4 ? 32 : 128;
}

function networkAddress(address: string, length: number): string {
  const bits = bitsOf(address);
  if (!Number.isInteger(length) || length < 0 || length > bits)
    throw new RangeError(`a prefix of ${address} has 0..${bits} bits, not ${length}`);
  const bytes = addressToBytes(address);
  for (const [index, byte] of bytes.entries()) bytes[index] = byte & maskOf(length, index);
  return addressFromBytes(bytes);
}

function sharesBits(a: Uint8Array, b: Uint8Array, length: number): boolean {
  return a.every((byte, index) => ((byte ^ (b[index] ?? 0)) & maskOf(length, index)) === 0);
}

/** The mask of the byte at `index` in a prefix of `length` bits. */
function maskOf(length: number, index: number): number {
  const ones = Math.min(8, Math.max(0, length - index * 8));
  return (0xff00 >> ones) & 0xff;
}
