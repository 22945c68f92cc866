/**
 * FINGERPRINT (RFC 8489 §14.7): the CRC-32 of all that precedes it, XORed with "STUN", as
 * the last attribute. It finds accidents, not forgeries: anyone can compute it.
 */
import { ATTRIBUTE, type Attribute } from "./attribute.ts";

/** Type, length and four bytes of value. */
export const FINGERPRINT_BYTES = 8;

const XOR = 0x5354_554e;

/** The value for a message whose header already counts the FINGERPRINT itself in its length, as §14.7 demands. */
export function fingerprintOf(preceding: Uint8Array): number {
  return (crc32(preceding) ^ XOR) >>> 0;
}

/** Whether a message has no FINGERPRINT, or a right one in the last place. */
export function hasSoundFingerprint(bytes: Uint8Array, attributes: readonly Attribute[]): boolean {
  const index = attributes.findIndex(({ type }) => type === ATTRIBUTE.FINGERPRINT);
  if (index === -1) return true;
  const value = attributes[index]?.value;
  if (index !== attributes.length - 1 || value?.length !== 4) return false;
  const claimed = new DataView(value.buffer, value.byteOffset).getUint32(0);
  return claimed === fingerprintOf(bytes.subarray(0, bytes.length - FINGERPRINT_BYTES));
}

/** ITU V.42, bit-reflected; one entry for each value of a byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let remainder = index;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb8_8320 : remainder >>> 1;
  return remainder;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc;
}
