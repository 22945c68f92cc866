/**
 * Memory whose address is given to the kernel and to OpenSSL: allocated once, never moved nor
 * shrunk, and known here by its buffer, so that a view of it is an address with a checked length.
 */
import type { PacketViews } from "../packet/packet-views.ts";
import type { Native } from "./native.ts";

const addresses = new WeakMap<ArrayBufferLike, number>();

/** Where nearly all of what is asked for lies. */
let packets: { readonly views: PacketViews; readonly address: number } | undefined;

/** Makes memory known that was allocated elsewhere, and that neither moves nor shrinks. */
export function adopt({ addressOf: locate }: Native, views: PacketViews): void {
  packets = { views, address: locate(views.buffer) };
  addresses.set(views.buffer, packets.address);
}

/** Whoever uses an address keeps the bytes alive meanwhile. */
export function allocate({ addressOf }: Native, length: number): Uint8Array<ArrayBuffer> {
  const memory = new ArrayBuffer(length);
  addresses.set(memory, addressOf(memory));
  return new Uint8Array(memory);
}

/** Memory that is handed over by its address alone; as long as this is held, so is the memory. */
export type Pinned = { readonly bytes: Uint8Array<ArrayBuffer>; readonly address: number };

export function pin(native: Native, length: number): Pinned {
  const bytes = allocate(native, length);
  return { bytes, address: addresses.get(bytes.buffer) ?? 0 };
}

/** Where the view begins; undefined when its memory is not of {@link allocate}. */
export function addressOf(bytes: Uint8Array): number | undefined {
  if (packets?.views.has(bytes) === true) return packets.address + bytes.byteOffset;
  const address = addresses.get(bytes.buffer);
  return address === undefined ? undefined : address + bytes.byteOffset;
}

/** @throws for memory that is not of {@link allocate}. */
export function demandAddress(bytes: Uint8Array): number {
  const address = addressOf(bytes);
  if (address === undefined) throw new RangeError("not memory of ours");
  return address;
}
