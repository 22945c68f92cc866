/**
 * Overlay addresses → values, looked up by the bytes of a packet without making text of them.
 *
 * IPv4 addresses are their own keys. IPv6 addresses share a bucket when their last 32 bits are
 * equal; entries come from the configuration alone, so nobody outside can crowd a bucket.
 */
import { addressToBytes } from "@pinhole/protocol/net";

type V6Entry<T> = { readonly address: Uint8Array; readonly value: T };

export class AddressMap<T> {
  readonly #v4 = new Map<number, T>();
  readonly #v6 = new Map<number, V6Entry<T>[]>();

  /** The first to claim an address keeps it; false for the others. */
  add(address: string, value: T): boolean {
    const bytes = addressToBytes(address);
    if (this.get(bytes, 0, bytes.length) !== undefined) return false;
    if (bytes.length === 4) {
      this.#v4.set(i32(bytes, 0), value);
      return true;
    }
    const key = i32(bytes, 12);
    this.#v6.set(key, [...(this.#v6.get(key) ?? []), { address: bytes, value }]);
    return true;
  }

  /** The value for the 4 or 16 bytes of `packet` at `at`. */
  get(packet: Uint8Array, at: number, length: number): T | undefined {
    if (length === 4) return this.#v4.get(i32(packet, at));
    return this.#v6.get(i32(packet, at + 12))?.find(({ address }) => isAt(packet, at, address))?.value;
  }
}

function isAt(packet: Uint8Array, at: number, address: Uint8Array): boolean {
  for (let i = 0; i < address.length; i++) if (packet[at + i] !== address[i]) return false;
  return true;
}

/** Signed: such keys are found faster than the larger half of the unsigned ones. */
function i32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}
