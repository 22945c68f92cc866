/**
 * `struct virtio_net_hdr`, which goes before every packet on a TUN interface that offloads: what
 * its sender left undone, for us or for the kernel to do.
 *
 *     flags 1 | segmentation 1 | header length 2 | segment size 2 | checksum start 2 | checksum offset 2
 *
 * The numbers are in the machine's byte order.
 */
import { endianness } from "node:os";

export const VIRTIO_HEADER_BYTES = 10;

/** What the packet is to be cut into; 0 for one that is no more than one. */
export const Segmentation = { none: 0, tcp4: 1, tcp6: 4, udp: 5 } as const;
export type Segmentation = (typeof Segmentation)[keyof typeof Segmentation];

const NEEDS_CHECKSUM = 0x01;
const LITTLE_ENDIAN = endianness() === "LE";

/** One object is reused for all packets. */
export class VirtioHeader {
  /** The checksum at start + offset is of the pseudo-header alone, and is to be that of all from the start on. */
  needsChecksum = false;
  segmentation: Segmentation = Segmentation.none;
  /** Of all headers; a hint of the kernel's. */
  headerBytes = 0;
  /** Payload of each segment but the last, which may be shorter. */
  segmentBytes = 0;
  checksumStart = 0;
  checksumOffset = 0;

  clear(): void {
    this.needsChecksum = false;
    this.segmentation = Segmentation.none;
    this.headerBytes = 0;
    this.segmentBytes = 0;
    this.checksumStart = 0;
    this.checksumOffset = 0;
  }

  /** False for what was never asked of the kernel. */
  read(bytes: Uint8Array, at: number): boolean {
    const flags = bytes[at] ?? 0;
    const segmentation = bytes[at + 1] ?? 0;
    if (!isSegmentation(segmentation)) return false;
    this.needsChecksum = (flags & NEEDS_CHECKSUM) !== 0;
    this.segmentation = segmentation;
    this.headerBytes = u16(bytes, at + 2);
    this.segmentBytes = u16(bytes, at + 4);
    this.checksumStart = u16(bytes, at + 6);
    this.checksumOffset = u16(bytes, at + 8);
    return true;
  }

  write(into: Uint8Array, at: number): void {
    into[at] = this.needsChecksum ? NEEDS_CHECKSUM : 0;
    into[at + 1] = this.segmentation;
    setU16(into, at + 2, this.headerBytes);
    setU16(into, at + 4, this.segmentBytes);
    setU16(into, at + 6, this.checksumStart);
    setU16(into, at + 8, this.checksumOffset);
  }
}

function isSegmentation(value: number): value is Segmentation {
  return (
    value === Segmentation.none ||
    value === Segmentation.tcp4 ||
    value === Segmentation.tcp6 ||
    value === Segmentation.udp
  );
}

function u16(bytes: Uint8Array, at: number): number {
  const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0];
  return LITTLE_ENDIAN ? first | (second << 8) : (first << 8) | second;
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = LITTLE_ENDIAN ? value : value >>> 8;
  bytes[at + 1] = LITTLE_ENDIAN ? value >>> 8 : value;
}
