/** An endpoint in 19 bytes: family (4 or 6), 16 bytes of which an IPv4 address takes the first 4, and the port, big-endian. */
import { addressFromBytes, addressToBytes, type Endpoint } from "../endpoint.ts";
import type { ByteReader } from "../wire/byte-reader.ts";
import type { ByteWriter } from "../wire/byte-writer.ts";

const ADDRESS_BYTES = 16;

export function writeEndpoint(writer: ByteWriter, { address, port }: Endpoint): void {
  const bytes = addressToBytes(address);
  writer.u8(bytes.length === 4 ? 4 : 6).bytes(bytes);
  writer.zeros(ADDRESS_BYTES - bytes.length).u16(port);
}

/** Undefined for a family that is neither; after an overrun the reader says so, and the endpoint is not to be used. */
export function readEndpoint(reader: ByteReader): Endpoint | undefined {
  const family = reader.u8();
  const address = reader.bytes(ADDRESS_BYTES);
  const port = reader.u16();
  if (reader.overran || (family !== 4 && family !== 6)) return undefined;
  return { address: addressFromBytes(family === 4 ? address.subarray(0, 4) : address), port };
}
