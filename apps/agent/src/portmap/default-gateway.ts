/** The default gateways of this machine, from Linux's own tables: `/proc/net/route` and `/proc/net/ipv6_route`. Pure. */
import { addressFromBytes } from "@pinhole/protocol";

export type DefaultGateway = { readonly interfaceName: string; readonly address: string };

const GATEWAY_FLAG = 0x2;

/** Columns: interface, destination, gateway, flags, references, use, metric, mask, …; addresses are hexadecimal, least byte first. */
export function ipv4Gateways(table: string): DefaultGateway[] {
  const rows = rowsOf(table).flatMap(([interfaceName, destination, gateway, flags, , , metric, mask]) => {
    if (destination !== "00000000" || mask !== "00000000" || !isGateway(flags)) return [];
    const bytes = bytesOf(gateway, 4)?.toReversed();
    return bytes === undefined ? [] : [toRow(interfaceName, bytes, Number(metric))];
  });
  return byMetric(rows);
}

/** Columns: destination, its length, source, its length, next hop, metric, references, use, flags, interface. */
export function ipv6Gateways(table: string): DefaultGateway[] {
  const rows = rowsOf(table).flatMap(([, length, , , gateway, metric, , , flags, interfaceName]) => {
    const bytes = bytesOf(gateway, 16);
    if (length !== "00" || bytes === undefined || bytes.every((byte) => byte === 0) || !isGateway(flags)) return [];
    return [toRow(interfaceName, bytes, Number.parseInt(metric ?? "", 16))];
  });
  return byMetric(rows);
}

type Row = DefaultGateway & { readonly metric: number };

function rowsOf(table: string): string[][] {
  return table.split("\n").map((line) => line.trim().split(/\s+/));
}

function bytesOf(hex: string | undefined, length: number): Uint8Array | undefined {
  return hex !== undefined && hex.length === 2 * length && /^[0-9a-f]+$/i.test(hex)
    ? Uint8Array.from(Buffer.from(hex, "hex"))
    : undefined;
}

function isGateway(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? "", 16) & GATEWAY_FLAG) !== 0;
}

function toRow(interfaceName: string | undefined, bytes: Uint8Array, metric: number): Row {
  return { interfaceName: interfaceName ?? "", address: addressFromBytes(bytes), metric };
}

/** The one that the kernel takes first. */
function byMetric(rows: readonly Row[]): DefaultGateway[] {
  const sorted = rows.toSorted((a, b) => a.metric - b.metric);
  return sorted.map(({ interfaceName, address }) => ({ interfaceName, address }));
}
