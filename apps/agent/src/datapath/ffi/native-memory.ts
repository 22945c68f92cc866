/**
 * Memory whose address is given to the kernel and to OpenSSL: allocated once, never moved nor
 * shrunk, and known here by its buffer, so that a view of it is an address with a checked length.
 */
import type { PacketMemory } from "../packet/packet-memory.ts";
import { LowMemory } from "./low-memory.ts";
import type { Native } from "./native.ts";

const addresses = new WeakMap<ArrayBufferLike, number>();

/** Where nearly all of what is asked for lies. */
let packets: KnownPackets | undefined;
let fastPackets: FastPackets | undefined;

let low: LowMemory | undefined;

type KnownPackets = { readonly memory: PacketMemory; readonly address: number };

/** Packet memory that WebAssembly works on, and all of it as words. */
type FastPackets = KnownPackets & {
  readonly words: Int32Array;
  readonly functions: NonNullable<PacketMemory["functions"]>;
  readonly keyAt: number;
  readonly keptAt: number;
};

/** Makes memory known that was allocated elsewhere, that neither moves nor shrinks, and that nobody has written yet. */
export function adopt(native: Native, memory: PacketMemory): void {
  const { buffer, hasOwnPages } = memory;
  const address = native.addressOf(buffer);
  const alias = hasOwnPages ? lowMemory(native).alias(address, buffer.byteLength) : undefined;
  packets = { memory, address: alias ?? address };
  const { functions, keyAt, keptAt, words } = memory;
  fastPackets = functions === undefined ? undefined : { ...packets, functions, keyAt, keptAt, words };
  addresses.set(buffer, packets.address);
}

function lowMemory(native: Native): LowMemory {
  return (low ??= new LowMemory(native));
}

/** Whoever uses an address keeps the bytes alive meanwhile. */
export function allocate({ addressOf }: Native, length: number): Uint8Array<ArrayBuffer> {
  const memory = new ArrayBuffer(length);
  addresses.set(memory, addressOf(memory));
  return new Uint8Array(memory);
}

/** Memory that is handed over by its address alone; as long as this is held, so is the memory. */
export type Pinned = { readonly bytes: Uint8Array<ArrayBuffer>; readonly address: number };

/** For good, as long as there is room at low addresses, so it is for few. */
export function pin(native: Native, length: number): Pinned {
  const taken = lowMemory(native).take(length);
  if (taken !== undefined) {
    addresses.set(taken.buffer, taken.address);
    return { bytes: new Uint8Array(taken.buffer), address: taken.address };
  }
  const bytes = allocate(native, length);
  return { bytes, address: addresses.get(bytes.buffer) ?? 0 };
}

/** Where the view begins; undefined when its memory is not of {@link allocate}. */
export function addressOf(bytes: Uint8Array): number | undefined {
  if (packets?.memory.views.has(bytes) === true) return packets.address + bytes.byteOffset;
  const address = addresses.get(bytes.buffer);
  return address === undefined ? undefined : address + bytes.byteOffset;
}

/** What was last made known by {@link adopt}. */
export function packetMemory(): PacketMemory | undefined {
  return packets?.memory;
}

/** Packet memory, if `bytes` are a part of it and WebAssembly works on it. */
export function packetsWith(bytes: Uint8Array): FastPackets | undefined {
  return fastPackets?.memory.views.has(bytes) === true ? fastPackets : undefined;
}

/** @throws for memory that is not of {@link allocate}. */
export function demandAddress(bytes: Uint8Array): number {
  const address = addressOf(bytes);
  if (address === undefined) throw new RangeError("not memory of ours");
  return address;
}
