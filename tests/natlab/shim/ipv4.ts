/** The few fields of an IPv4 header (RFC 791) that the shim touches. */

const MIN_HEADER = 20;
const TTL = 8;
const CHECKSUM = 10;
const SOURCE = 12;
const DESTINATION = 16;

export type Addresses = { readonly source: number; readonly destination: number };

export function addressesOf(packet: Uint8Array): Addresses | undefined {
  if (packet.length < MIN_HEADER || (packet[0] ?? 0) >> 4 !== 4) return undefined;
  const view = viewOf(packet);
  return { source: view.getUint32(SOURCE), destination: view.getUint32(DESTINATION) };
}

/** Gives back the hop that the detour through the shim costs, so that delay does not change reach. */
export function restoreHop(packet: Uint8Array): void {
  const view = viewOf(packet);
  const ttl = view.getUint8(TTL);
  if (ttl === 255) return;
  view.setUint8(TTL, ttl + 1);
  // RFC 1624: HC' = ~(~HC + ~m + m'), where TTL is the high byte of its word and m' - m = 0x0100.
  let sum = (~view.getUint16(CHECKSUM) & 0xffff) + 0x0100;
  sum = (sum & 0xffff) + (sum >> 16);
  view.setUint16(CHECKSUM, ~sum & 0xffff);
}

export function parseAddress(text: string): number {
  return text.split(".").reduce((value, octet) => value * 256 + Number(octet), 0);
}

function viewOf(packet: Uint8Array): DataView {
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
}
