/** The next free pair of overlay addresses in a team's ranges; `undefined` when the team is full. Pure. */
import { addressFromBytes, addressToBytes, parsePrefix } from "@pinhole/protocol";

type Ranges = { readonly ipv4Range: string; readonly ipv6Range: string };
type Addresses = { readonly ipv4: string; readonly ipv6: string };

/**
 * The lowest IPv4 address that nobody has had. Those that end in .0, .1 or .255 stay out: they look like a network, a
 * router and a broadcast address to people and to old programs. The IPv6 address ends in the same number.
 */
export function allocateAddresses({ ipv4Range, ipv6Range }: Ranges, taken: ReadonlySet<string>): Addresses | undefined {
  const [v4, v6] = [parsePrefix(ipv4Range), parsePrefix(ipv6Range)];
  if (!v4.ok || !v6.ok) throw new Error(`not a team's ranges: ${ipv4Range}, ${ipv6Range}`);
  const base = new DataView(addressToBytes(v4.value.address).buffer).getUint32(0);
  const size = 2 ** (32 - v4.value.length);
  for (let host = 1; host < size - 1; host++) {
    const last = (base + host) & 0xff;
    if (last < 2 || last === 255) continue;
    const bytes = uint32Bytes(base + host);
    const ipv4 = addressFromBytes(bytes);
    if (taken.has(ipv4)) continue;
    const v6Bytes = addressToBytes(v6.value.address);
    v6Bytes.set(uint32Bytes(host), 12);
    return { ipv4, ipv6: addressFromBytes(v6Bytes) };
  }
  return undefined;
}

function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
