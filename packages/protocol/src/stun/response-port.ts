/**
 * RESPONSE-PORT (RFC 5780 §7.5): asks for the answer at another port of the address that asks. Whether it arrives there tells
 * whether a binding that has been silent still stands.
 *
 *     16 bits port | 16 bits of zeros
 */
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";

export function encodeResponsePort(port: number): Uint8Array {
  return new ByteWriter(4).u16(port).u16(0).finish();
}

export function decodeResponsePort(value: Uint8Array): number | undefined {
  if (value.length !== 4) return undefined;
  const port = new ByteReader(value).u16();
  return port === 0 ? undefined : port;
}
