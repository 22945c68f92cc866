/**
 * Socket addresses as the kernel lays them out.
 *
 *     sockaddr_in    family 2 | port 2 | address 4 | zeros 8
 *     sockaddr_in6   family 2 | port 2 | flow label 4 | address 16 | scope 4
 *
 * The family is in the machine's byte order, the port in the network's.
 */
import { endianness } from "node:os";
import { type AddressFamily, addressFromBytes, addressToBytes, type Endpoint } from "@pinhole/protocol/net";

export const AF_INET = 2;
export const AF_INET6 = 10;
/** `struct sockaddr_storage`: no address that the kernel writes is longer. */
export const SOCKADDR_STORAGE_BYTES = 128;
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

const LITTLE_ENDIAN = endianness() === "LE";

export function encodeSockaddr({ address, port }: Endpoint): Uint8Array {
  const bytes = addressToBytes(address);
  const isV4 = bytes.length === 4;
  const sockaddr = new Uint8Array(isV4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(sockaddr.buffer);
  view.setUint16(0, isV4 ? AF_INET : AF_INET6, LITTLE_ENDIAN);
  view.setUint16(2, port);
  sockaddr.set(bytes, isV4 ? 4 : 8);
  return sockaddr;
}

/** `undefined` for a family that is not IP. The kernel wrote this, so the rest is as it should be. */
export function decodeSockaddr(sockaddr: Uint8Array): Endpoint | undefined {
  const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength);
  const length = sockaddrLength(sockaddr);
  if (length === undefined || sockaddr.length < length) return undefined;
  const address = length === SOCKADDR_IN_BYTES ? sockaddr.subarray(4, 8) : sockaddr.subarray(8, 24);
  return { address: addressFromBytes(address), port: view.getUint16(2) };
}

/** How many bytes at the start of `sockaddr` are an address. */
export function sockaddrLength(sockaddr: Uint8Array): number | undefined {
  const family = LITTLE_ENDIAN ? (sockaddr[0] ?? 0) : (sockaddr[1] ?? 0);
  if (family === AF_INET) return SOCKADDR_IN_BYTES;
  return family === AF_INET6 ? SOCKADDR_IN6_BYTES : undefined;
}

export function wildcard(family: AddressFamily, port: number): Uint8Array {
  return encodeSockaddr({ address: family === 4 ? "0.0.0.0" : "::", port });
}
