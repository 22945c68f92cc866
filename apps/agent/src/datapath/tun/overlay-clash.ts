/**
 * Whether the overlay's range is in use on this machine already. Routing it into the tunnel
 * would then cut whatever uses it, an SSH session included, so the interface is refused instead.
 *
 * Default routes overlap everything and mean nothing by it.
 */
import { endianness, type NetworkInterfaceInfo } from "node:os";
import {
  addressFromBytes,
  formatPrefix,
  overlaps,
  parseAddress,
  parsePrefix,
  type Prefix,
  prefixOf,
} from "@pinhole/protocol/net";

export type LocalNetworks = {
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** The text of /proc/net/route and /proc/net/ipv6_route; empty where there is none. */
  readonly routes: string;
  readonly ipv6Routes: string;
};

type Use = { readonly prefix: Prefix; readonly interfaceName: string; readonly what: "address" | "route" };

/** In words for people; undefined when nothing is in the way. */
export function findOverlayClash(
  ranges: readonly string[],
  ownInterface: string,
  local: LocalNetworks,
): string | undefined {
  const wanted = ranges.flatMap(toPrefix);
  const uses = [...addressesIn(local.interfaces), ...parseRoutes(local.routes), ...parseIpv6Routes(local.ipv6Routes)];
  for (const { prefix, interfaceName, what } of uses) {
    if (interfaceName === ownInterface) continue;
    const range = wanted.find((candidate) => overlaps(candidate, prefix));
    if (range === undefined) continue;
    return (
      `The team's range ${formatPrefix(range)} overlaps the ${what} ${formatPrefix(prefix)} of the interface ${interfaceName} on this machine. ` +
      `Give the team another range, or remove that ${what}; \`--userspace\` runs without an interface.`
    );
  }
  return undefined;
}

function addressesIn(interfaces: LocalNetworks["interfaces"]): Use[] {
  return Object.entries(interfaces).flatMap(([interfaceName, infos]) =>
    (infos ?? []).flatMap((info) => {
      const address = parseAddress(info.address);
      if (!address.ok) return [];
      const length = address.value.includes(":") ? 128 : 32;
      return [{ prefix: prefixOf(address.value, length), interfaceName, what: "address" } as const];
    }),
  );
}

const RTF_UP = 0x1;

/** `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses as the machine's own 32-bit numbers in hexadecimal. */
function parseRoutes(text: string): Use[] {
  return rowsOf(text).flatMap((fields) => {
    const [interfaceName, destination, , flags, , , , mask] = fields;
    if (interfaceName === undefined || !isHex(destination, 8) || !isHex(flags, 4) || !isHex(mask, 8)) return [];
    if ((Number.parseInt(flags, 16) & RTF_UP) === 0) return [];
    const length = Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;
    if (length === 0) return [];
    return [
      { prefix: prefixOf(addressFromBytes(nativeBytes(destination)), length), interfaceName, what: "route" } as const,
    ];
  });
}

/** `destination length source length next-hop metric refcnt use flags interface`, all hexadecimal. */
function parseIpv6Routes(text: string): Use[] {
  return rowsOf(text).flatMap((fields) => {
    const [destination, length, , , , , , , flags] = fields;
    const interfaceName = fields.at(9);
    if (interfaceName === undefined || !isHex(destination, 32) || !isHex(length, 2) || !isHex(flags, 8)) return [];
    const bits = Number.parseInt(length, 16);
    const isUp = (Number.parseInt(flags, 16) & RTF_UP) !== 0;
    // lo holds the kernel's own refusals and the copies of every local address.
    if (bits === 0 || bits > 128 || !isUp || interfaceName === "lo") return [];
    const address = addressFromBytes(Uint8Array.from(Buffer.from(destination, "hex")));
    // Link-local and multicast are on every interface.
    if (address.startsWith("fe80:") || address.startsWith("ff") || !address.includes(":")) return [];
    return [{ prefix: prefixOf(address, bits), interfaceName, what: "route" } as const];
  });
}

function rowsOf(text: string): string[][] {
  return text.split("\n").map((line) => line.trim().split(/\s+/));
}

function isHex(text: string | undefined, digits: number): text is string {
  return text?.length === digits && /^[0-9a-fA-F]+$/.test(text);
}

function nativeBytes(hex: string): Uint8Array {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  return endianness() === "LE" ? bytes.reverse() : bytes;
}

function toPrefix(text: string): Prefix[] {
  const prefix = parsePrefix(text);
  return prefix.ok ? [prefix.value] : [];
}
