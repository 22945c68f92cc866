/**
 * Memory whose address is given to the kernel and to OpenSSL: allocated once, never moved nor
 * shrunk, and known here by its buffer, so that a view of it is an address with a checked length.
 */
import type { Native } from "./native.ts";

const addresses = new WeakMap<ArrayBufferLike, number>();

/** Whoever uses an address keeps the bytes alive meanwhile. */
export function allocate({ addressOf }: Native, length: number): Uint8Array<ArrayBuffer> {
  const memory = new ArrayBuffer(length);
  addresses.set(memory, addressOf(memory));
  return new Uint8Array(memory);
}

/** Where the view begins; undefined when its memory is not of {@link allocate}. */
export function addressOf(bytes: Uint8Array): number | undefined {
  const address = addresses.get(bytes.buffer);
  return address === undefined ? undefined : address + bytes.byteOffset;
}
