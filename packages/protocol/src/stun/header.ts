/**
 * The STUN header (RFC 8489 §5).
 *
 *     offset 0          2          4              8               20
 *            +----------+----------+--------------+---------------+------------
 *            | type     | length   | 2112 a442    | transactionId | attributes
 *            +----------+----------+--------------+---------------+------------
 *
 * The two top bits of the type are zero; `length` is that of the attributes, a multiple of four.
 */
import { err, ok, type Result } from "../result.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { type Attribute, readAttributes } from "./attribute.ts";

export const HEADER_BYTES = 20;
export const TRANSACTION_ID_BYTES = 12;
export const MAGIC_COOKIE = 0x2112_a442;

/** Class and method, interleaved as §5 has them. Binding is the only method. */
export const MESSAGE_TYPE = {
  BINDING_REQUEST: 0x0001,
  BINDING_INDICATION: 0x0011,
  BINDING_SUCCESS: 0x0101,
  BINDING_ERROR: 0x0111,
} as const;

export type RawMessage = {
  readonly type: number;
  readonly transactionId: Uint8Array;
  readonly attributes: readonly Attribute[];
};

/**
 * Tells a STUN message from whatever else arrives on the same UDP socket, by its first
 * bits, its length and the magic cookie. One in 2^32 foreign datagrams of a fitting length passes.
 */
export function isStun(bytes: Uint8Array): boolean {
  const reader = new ByteReader(bytes);
  const type = reader.u16();
  const length = reader.u16();
  const cookie = reader.u32();
  return (
    bytes.length >= HEADER_BYTES &&
    type < 0x4000 &&
    cookie === MAGIC_COOKIE &&
    length % 4 === 0 &&
    length === bytes.length - HEADER_BYTES
  );
}

export function decodeHeader(bytes: Uint8Array): Result<RawMessage, "not-stun" | "malformed"> {
  if (!isStun(bytes)) return err("not-stun");
  const reader = new ByteReader(bytes);
  const type = reader.u16();
  reader.skip(6); // length and magic cookie: isStun() has checked both
  const transactionId = reader.bytes(TRANSACTION_ID_BYTES);
  const attributes = readAttributes(reader);
  return attributes === undefined ? err("malformed") : ok({ type, transactionId, attributes });
}
