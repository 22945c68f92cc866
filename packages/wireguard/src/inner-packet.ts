/**
 * Cuts the zero padding off a decrypted packet, by the length its own IP header states.
 *
 * A peer may send anything inside its own session, so a header that claims more than was
 * received, or is no IP at all, yields undefined.
 */
const MIN_IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;

export function withoutPadding(padded: Uint8Array): Uint8Array | undefined {
  const length = statedLength(padded);
  if (length === undefined || length > padded.length) return undefined;
  return length === padded.length ? padded : padded.subarray(0, length);
}

function statedLength(packet: Uint8Array): number | undefined {
  switch ((packet[0] ?? 0) >>> 4) {
    case 4: {
      const length = u16(packet, 2);
      return length >= MIN_IPV4_HEADER_BYTES ? length : undefined;
    }
    case 6:
      return IPV6_HEADER_BYTES + u16(packet, 4);
    default:
      return undefined;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
