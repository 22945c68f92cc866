/**
 * ERROR-CODE (RFC 8489 §14.8) and UNKNOWN-ATTRIBUTES (§14.13).
 *
 *     offset 0          2       3        4
 *            +----------+-------+--------+--------------
 *            | reserved | class | number | reason (UTF-8)
 *            +----------+-------+--------+--------------
 *              code = class × 100 + number
 */
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";

export const ERROR_CODE = { BAD_REQUEST: 400, UNKNOWN_ATTRIBUTE: 420 } as const;

/** Without a reason phrase: it would make the answer larger than what it answers. */
export function encodeErrorCode(code: number): Uint8Array {
  return new ByteWriter(4)
    .u16(0)
    .u8(Math.trunc(code / 100))
    .u8(code % 100)
    .finish();
}

export function decodeErrorCode(value: Uint8Array): number | undefined {
  const reader = new ByteReader(value);
  reader.skip(2);
  const hundreds = reader.u8() & 0x7;
  const number = reader.u8();
  if (reader.overran || hundreds < 3 || hundreds > 6 || number > 99) return undefined;
  return hundreds * 100 + number;
}

export function encodeUnknownAttributes(types: readonly number[]): Uint8Array {
  const writer = new ByteWriter(types.length * 2);
  for (const type of types) writer.u16(type);
  return writer.finish();
}

export function decodeUnknownAttributes(value: Uint8Array): readonly number[] {
  const reader = new ByteReader(value);
  const types: number[] = [];
  while (reader.remaining >= 2) types.push(reader.u16());
  return types;
}
