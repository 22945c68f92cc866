/**
 * Cuts the zero padding off a decrypted packet, by the length its own IP header states.
 *
 * A peer may send anything inside its own session, so a header that claims more than was
 * received, or is no IP at all, yields undefined.
 */
const MIN_IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;

/** Yields a part of some bytes, as `subarray` does. */
export type PartOf = (bytes: Uint8Array, from: number, to: number) => Uint8Array;

export const subarrayOf: PartOf = (bytes, from, to) => bytes.subarray(from, to);

/** Four arguments, because nothing is allocated for a packet. */
export function withoutPadding(
  bytes: Uint8Array,
  from: number,
  to: number,
  partOf: PartOf = subarrayOf,
): Uint8Array | undefined {
  const length = statedLength(bytes, from);
  return length === undefined || length > to - from ? undefined : partOf(bytes, from, from + length);
}

/** What is read behind the end belongs to no packet, and makes none: whatever it says is longer than what there is. */
function statedLength(bytes: Uint8Array, at: number): number | undefined {
  switch ((bytes[at] ?? 0) >>> 4) {
    case 4: {
      const length = u16(bytes, at + 2);
      return length >= MIN_IPV4_HEADER_BYTES ? length : undefined;
    }
    case 6:
      return IPV6_HEADER_BYTES + u16(bytes, at + 4);
    default:
      return undefined;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
