/**
 * CHANGE-REQUEST (RFC 5780 §7.2): asks for the answer from another address, another port, or both.
 * Whether it arrives tells what a NAT's filter lets in.
 *
 *     32 bits, all zero but  0x4: change address   0x2: change port
 */
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";

export type ChangeRequest = { readonly address: boolean; readonly port: boolean };

const CHANGE_ADDRESS = 0x4;
const CHANGE_PORT = 0x2;

export function encodeChangeRequest({ address, port }: ChangeRequest): Uint8Array {
  return new ByteWriter(4).u32((address ? CHANGE_ADDRESS : 0) | (port ? CHANGE_PORT : 0)).finish();
}

export function decodeChangeRequest(value: Uint8Array): ChangeRequest | undefined {
  if (value.length !== 4) return undefined;
  const flags = new ByteReader(value).u32();
  return { address: (flags & CHANGE_ADDRESS) !== 0, port: (flags & CHANGE_PORT) !== 0 };
}
