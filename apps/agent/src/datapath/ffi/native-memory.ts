/**
 * Memory whose address is given to the kernel and to OpenSSL: allocated once, never moved nor
 * shrunk, and known here by its buffer, so that a view of it is an address with a checked length.
 */
import type { PacketMemory } from "../packet/packet-memory.ts";
import type { Native } from "./native.ts";

const addresses = new WeakMap<ArrayBufferLike, number>();

export type AdoptedPackets = Pick<PacketMemory, "views" | "functions"> & {
  readonly address: number;
  readonly words: Int32Array;
  /** Room for a packet, {@link SCRATCH_BYTES}, for whoever needs some in the same memory. */
  readonly scratchAt: number;
};

export const SCRATCH_BYTES = 16_384;

/** Where nearly all of what is asked for lies. */
let packets: AdoptedPackets | undefined;

/** Makes memory known that was allocated elsewhere, and that neither moves nor shrinks. */
export function adopt({ addressOf: locate }: Native, memory: PacketMemory): void {
  const { views, functions, buffer } = memory;
  const scratchAt = memory.take(SCRATCH_BYTES).byteOffset;
  packets = { views, functions, address: locate(buffer), words: new Int32Array(buffer), scratchAt };
  addresses.set(buffer, packets.address);
}

/** The memory that was adopted, where `bytes` lie in it. */
export function packetsAround(bytes: Uint8Array): AdoptedPackets | undefined {
  return packets?.views.has(bytes) === true ? packets : undefined;
}

/** The first of it, if any was adopted: for trying things out before a packet lies there. */
export function startOfPackets(length: number): Uint8Array | undefined {
  return packets?.views.between(0, length);
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
