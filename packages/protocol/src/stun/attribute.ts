/**
 * STUN attributes (RFC 8489 §14): type, length and value, each padded to four bytes.
 *
 *     0                   1                   2                   3
 *     +-------------------------------+-------------------------------+
 *     |             Type              |            Length             |
 *     +-------------------------------+-------------------------------+
 *     |  Value (Length bytes)                     + 0 to 3 of padding |
 *     +---------------------------------------------------------------+
 *
 * `Length` leaves the padding out. Types below 0x8000 are comprehension-required: who does
 * not know one must refuse the message. The others are skipped.
 */
import type { ByteReader } from "../wire/byte-reader.ts";
import type { ByteWriter } from "../wire/byte-writer.ts";

export const ATTRIBUTE = {
  MAPPED_ADDRESS: 0x0001,
  CHANGE_REQUEST: 0x0003,
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  UNKNOWN_ATTRIBUTES: 0x000a,
  REALM: 0x0014,
  NONCE: 0x0015,
  MESSAGE_INTEGRITY_SHA256: 0x001c,
  PASSWORD_ALGORITHM: 0x001d,
  USERHASH: 0x001e,
  XOR_MAPPED_ADDRESS: 0x0020,
  PADDING: 0x0026,
  RESPONSE_PORT: 0x0027,
  FINGERPRINT: 0x8028,
  RESPONSE_ORIGIN: 0x802b,
  OTHER_ADDRESS: 0x802c,
  /**
   * Our own filler, in the comprehension-optional range that every server skips. RFC 5780's
   * PADDING will not do: it is comprehension-required, and asks for an answer as large.
   */
  FILLER: 0xfff0,
  /** Our own: that this server saw this endpoint, for nobody but the server itself to read. */
  ENDPOINT_PROOF: 0xfff1,
} as const;

export type Attribute = { readonly type: number; readonly value: Uint8Array };

/** More than any message of ours has; a datagram of nothing but empty attributes stops here. */
const MAX_ATTRIBUTES = 32;

const FIRST_OPTIONAL_TYPE = 0x8000;

/** Types that may be met in a request or an answer, understood well enough to go on. Credentials are among them: nothing here asks for any. */
const UNDERSTOOD: ReadonlySet<number> = new Set(Object.values(ATTRIBUTE));

/** Reads attributes to the end of the message; undefined when they do not fill it exactly. */
export function readAttributes(reader: ByteReader): readonly Attribute[] | undefined {
  const attributes: Attribute[] = [];
  while (reader.remaining > 0) {
    const type = reader.u16();
    const length = reader.u16();
    const value = reader.bytes(length);
    reader.skip(paddingAfter(length));
    if (reader.overran || attributes.length === MAX_ATTRIBUTES) return undefined;
    attributes.push({ type, value });
  }
  return attributes;
}

export function writeAttribute(writer: ByteWriter, { type, value }: Attribute): void {
  writer.u16(type).u16(value.length).bytes(value).zeros(paddingAfter(value.length));
}

/** The first value of a type: RFC 8489 §14 has later ones ignored. */
export function findAttribute(attributes: readonly Attribute[], type: number): Uint8Array | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value;
}

/** The comprehension-required types that this implementation does not know, each once. */
export function unknownRequired(attributes: readonly Attribute[]): readonly number[] {
  const types = attributes.map(({ type }) => type);
  return [...new Set(types.filter((type) => type < FIRST_OPTIONAL_TYPE && !UNDERSTOOD.has(type)))];
}

function paddingAfter(length: number): number {
  return (4 - (length % 4)) % 4;
}
