/** Addresses as numbers of 32 bits, most significant first: one for IPv4, four for IPv6. */
import type { Prefix } from "../prefix.ts";

export type Words = readonly number[];

export function toWords(bytes: Uint8Array): Words {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
}

/** The highest address of a block that begins with `first`. */
export function lastOf(first: Words, { length }: Pick<Prefix, "length">): Words {
  return first.map((word, index) => {
    const ones = Math.min(32, Math.max(0, length - index * 32));
    // A shift by 32 would be a shift by 0.
    const hostBits = ones === 0 ? 0xffff_ffff : ones === 32 ? 0 : 0xffff_ffff >>> ones;
    return (word | hostBits) >>> 0;
  });
}
