/**
 * Attributes that hold an endpoint. MAPPED-ADDRESS, RESPONSE-ORIGIN and OTHER-ADDRESS have it plain
 * (RFC 8489 §14.1, RFC 5780 §7.3, §7.4); XOR-MAPPED-ADDRESS (RFC 8489 §14.2) has it XORed with the magic cookie and the
 * transaction ID, because some NATs rewrite every copy of their own address that they find in a payload.
 *
 *     offset 0      1        2      4          8 | 20
 *            +------+--------+------+----------+
 *            | 0x00 | family | port | address  |
 *            +------+--------+------+----------+
 *              family 0x01: 4 bytes, 0x02: 16 bytes
 */
import { addressFromBytes, addressToBytes, type Endpoint } from "../endpoint.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { MAGIC_COOKIE } from "./header.ts";

const FAMILY_V4 = 0x01;
const FAMILY_V6 = 0x02;

const NO_MASK = new Uint8Array(16);

export function encodeAddress(endpoint: Endpoint): Uint8Array {
  return encode(endpoint, NO_MASK);
}

export function decodeAddress(value: Uint8Array): Endpoint | undefined {
  return decode(value, NO_MASK);
}

export function encodeXorAddress(endpoint: Endpoint, transactionId: Uint8Array): Uint8Array {
  return encode(endpoint, maskOf(transactionId));
}

export function decodeXorAddress(value: Uint8Array, transactionId: Uint8Array): Endpoint | undefined {
  return decode(value, maskOf(transactionId));
}

function encode({ address, port }: Endpoint, mask: Uint8Array): Uint8Array {
  const bytes = addressToBytes(address);
  return new ByteWriter(4 + bytes.length)
    .u8(0)
    .u8(bytes.length === 4 ? FAMILY_V4 : FAMILY_V6)
    .u16(port ^ portMask(mask))
    .bytes(xor(bytes, mask))
    .finish();
}

function decode(value: Uint8Array, mask: Uint8Array): Endpoint | undefined {
  const reader = new ByteReader(value);
  reader.skip(1); // reserved: ignored by the receiver
  const family = reader.u8();
  const port = reader.u16() ^ portMask(mask);
  const bytes = reader.rest();
  if (reader.overran || bytes.length !== lengthOf(family)) return undefined;
  return { address: addressFromBytes(xor(bytes, mask)), port };
}

function lengthOf(family: number): number | undefined {
  if (family === FAMILY_V4) return 4;
  return family === FAMILY_V6 ? 16 : undefined;
}

/** The 16 bytes that an address is XORed with: cookie, then transaction ID. An IPv4 address uses the first four. */
function maskOf(transactionId: Uint8Array): Uint8Array {
  return new ByteWriter(16).u32(MAGIC_COOKIE).bytes(transactionId).finish();
}

function portMask(mask: Uint8Array): number {
  return new ByteReader(mask).u16();
}

function xor(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ (mask[index] ?? 0));
}
