/**
 * What the headers of packets have in common that one sender cut of one piece: all but lengths, checksums, the IPv4
 * identification, TCP's sequence number and PSH. Packets that agree in it are of one flow, and where their lengths are right,
 * too, whatever a filter says about one of them it says about all.
 */
import type { InnerPacket } from "./inner-packet.ts";
import { wordsFor } from "./packet-memory.ts";
import { TCP } from "./protocol-numbers.ts";

/** IPv6 without extensions, and the longest header of TCP. */
const MAX_HEADER_BYTES = 40 + 60;
const WORD_BYTES = 4;
const PSH = 0x08;

export class HeaderMask {
  readonly #words = new Int32Array(MAX_HEADER_BYTES / WORD_BYTES);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  #length = 0;

  /** For TCP and UDP, with nothing between IP's header and theirs. */
  set({ family, protocol, transportAt }: InnerPacket, headerBytes: number): void {
    const mask = this.#bytes;
    this.#length = headerBytes;
    mask.fill(0xff, 0, headerBytes);
    if (family === 4) {
      mask.fill(0, 2, 6);
      mask.fill(0, 10, 12);
    } else mask.fill(0, 4, 6);
    // UDP's length and checksum, and TCP's sequence number, are at the same place.
    mask.fill(0, transportAt + 4, transportAt + 8);
    if (protocol !== TCP) return;
    mask[transportAt + 13] = ~PSH;
    mask.fill(0, transportAt + 16, transportAt + 18);
  }

  /** Both have as many bytes as their headers take. */
  agree(one: Uint8Array, other: Uint8Array): boolean {
    const words = (one.byteOffset | other.byteOffset) % WORD_BYTES === 0 ? wordsFor(one) : undefined;
    if (words === undefined || wordsFor(other) !== words) return this.#agreeByteByByte(one, other);
    const mask = this.#words;
    const count = this.#length / WORD_BYTES;
    const a = one.byteOffset / WORD_BYTES;
    const b = other.byteOffset / WORD_BYTES;
    for (let at = 0; at < count; at++) {
      if ((((words[a + at] ?? 0) ^ (words[b + at] ?? 0)) & (mask[at] ?? 0)) !== 0) return false;
    }
    return true;
  }

  #agreeByteByByte(one: Uint8Array, other: Uint8Array): boolean {
    for (let at = 0; at < this.#length; at++) {
      if ((((one[at] ?? 0) ^ (other[at] ?? 0)) & (this.#bytes[at] ?? 0)) !== 0) return false;
    }
    return true;
  }
}
