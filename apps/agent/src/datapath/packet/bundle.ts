/**
 * Packets of one flow that follow each other, to be handed to the kernel as one: what it would
 * have made of them itself, had they come over a network card (GRO).
 *
 * Only neighbours that differ in nothing but what a cut makes differ are joined, and only when
 * their checksums are right: the kernel is told that they are.
 */
import { fold, foldChecksum, sumWords } from "./checksum.ts";
import { HeaderMask } from "./header-mask.ts";
import type { InnerPacket } from "./inner-packet.ts";
import { TCP, UDP } from "./protocol-numbers.ts";
import { pseudoSum } from "./segmenter.ts";
import { Segmentation, type VirtioHeader } from "./virtio-header.ts";

const V4_HEADER_BYTES = 20;
const V6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const TCP_CHECKSUM_OFFSET = 16;
const UDP_CHECKSUM_OFFSET = 6;
/** What an IPv4 header can say. */
const MAX_PACKET_BYTES = 65_535;

/** More than are ever received at once. */
const MAX_PACKETS = 128;

const PSH = 0x08;
const ACK = 0x10;

/** One object is reused for many bundles. */
export class Bundle {
  /** How many packets there are. */
  count = 0;
  /** Those, and behind them some of bundles before: an array that shrinks and grows is a new one each time. */
  readonly #packets: Uint8Array[] = [];
  /** Zero where nothing may be joined to the packet. */
  #headerBytes = 0;
  #family: 4 | 6 = 4;
  #protocol = 0;
  #transportAt = 0;
  #pseudoSum = 0;
  /** Payload of the first, and so of all but the last. */
  #segmentBytes = 0;
  #totalBytes = 0;
  #isOpen = false;
  #isVerified = false;
  #owner: object | undefined;
  readonly #mask = new HeaderMask();

  /** With its first packet, which is `owner`'s, and nothing of what it was before. */
  begin(packet: InnerPacket, owner: object | undefined, joinsUdp: boolean): void {
    this.#owner = owner;
    const { bytes, family, protocol, transportAt } = packet;
    this.#packets[0] = bytes;
    this.count = 1;
    this.#isVerified = false;
    this.#family = family;
    this.#protocol = protocol;
    this.#transportAt = transportAt;
    this.#headerBytes = headerBytesOf(packet, joinsUdp);
    this.#segmentBytes = bytes.length - this.#headerBytes;
    this.#totalBytes = bytes.length;
    this.#isOpen = this.#headerBytes > 0 && !hasPush(packet);
    if (!this.#isOpen) return;
    this.#pseudoSum = pseudoSum(packet);
    this.#mask.set(packet, this.#headerBytes);
  }

  /** It was delivered. */
  release(): void {
    this.#owner = undefined;
  }

  isOf(owner: object | undefined): boolean {
    return this.#owner === owner;
  }

  /** The same protocol between the same two ends, so that their order matters. */
  isSameFlow({ bytes, family, protocol, transportAt, srcAt, addressBytes }: InnerPacket): boolean {
    const [first] = this.#packets;
    if (first === undefined || this.#family !== family || this.#protocol !== protocol) return false;
    // The addresses of both are in one row, and the ports in another.
    return (
      isSame(first, bytes, srcAt, srcAt + 2 * addressBytes) &&
      this.#transportAt === transportAt &&
      isSame(first, bytes, transportAt, transportAt + 4)
    );
  }

  /**
   * True when the packet is in the bundle, false when it is not the next one of it. Of a packet that is, everything is true
   * that was found out about the first.
   */
  join(bytes: Uint8Array): boolean {
    const [first] = this.#packets;
    const payloadBytes = bytes.length - this.#headerBytes;
    if (!this.#isOpen || first === undefined || payloadBytes <= 0 || payloadBytes > this.#segmentBytes) return false;
    if (this.#totalBytes + payloadBytes > MAX_PACKET_BYTES || this.count === MAX_PACKETS) return false;
    if (!this.#mask.agree(first, bytes) || !this.#isAsLongAsItSays(bytes) || !this.#isNext(first, bytes)) return false;
    if (!this.#isVerified && !this.#isIntact(first)) return false;
    this.#isVerified = true;
    if (!this.#isIntact(bytes)) return false;
    this.#packets[this.count++] = bytes;
    this.#totalBytes += payloadBytes;
    this.#isOpen = payloadBytes === this.#segmentBytes && !(this.#protocol === TCP && this.#hasPush(bytes));
    return true;
  }

  /** Nothing is joined to it any more. */
  close(): void {
    this.#isOpen = false;
  }

  /** What the kernel is to get, once the bundle is finished: the first packet whole, and of the others what is behind their headers. */
  eachPiece(take: (packet: Uint8Array, from: number) => void): void {
    for (let at = 0; at < this.count; at++) {
      const packet = this.#packets[at];
      if (packet !== undefined) take(packet, at === 0 ? 0 : this.#headerBytes);
    }
  }

  /** Rewrites the first one's headers to speak for all, and says in `header` what the kernel is to know. */
  finish(header: VirtioHeader): void {
    header.clear();
    const [first] = this.#packets;
    const last = this.#packets[this.count - 1];
    if (first === undefined || last === undefined || first === last) return;
    const isTcp = this.#protocol === TCP;
    const transportAt = this.#transportAt;
    const transportBytes = this.#totalBytes - transportAt;
    if (this.#family === 4) {
      setU16(first, 2, this.#totalBytes);
      setU16(first, 10, 0);
      setU16(first, 10, foldChecksum(sumWords(first, 0, V4_HEADER_BYTES)));
    } else setU16(first, 4, this.#totalBytes - V6_HEADER_BYTES);
    if (isTcp) first[transportAt + 13] = (first[transportAt + 13] ?? 0) | ((last[transportAt + 13] ?? 0) & PSH);
    else setU16(first, transportAt + 4, transportBytes);

    header.needsChecksum = true;
    header.segmentation = isTcp ? (this.#family === 4 ? Segmentation.tcp4 : Segmentation.tcp6) : Segmentation.udp;
    header.headerBytes = this.#headerBytes;
    header.segmentBytes = this.#segmentBytes;
    header.checksumStart = transportAt;
    header.checksumOffset = isTcp ? TCP_CHECKSUM_OFFSET : UDP_CHECKSUM_OFFSET;
    setU16(first, transportAt + header.checksumOffset, fold(this.#pseudoSum + transportBytes));
  }

  #isAsLongAsItSays(bytes: Uint8Array): boolean {
    const ipBytes = this.#family === 4 ? u16(bytes, 2) : V6_HEADER_BYTES + u16(bytes, 4);
    return ipBytes === bytes.length && (this.#protocol === TCP || isWholeUdp(bytes, this.#transportAt));
  }

  /** By the numbers that grow from one to the next. */
  #isNext(first: Uint8Array, bytes: Uint8Array): boolean {
    const mayHaveAnyId = this.#family === 6 || ((first[6] ?? 0) & 0x40) !== 0;
    if (!mayHaveAnyId && u16(bytes, 4) !== ((u16(first, 4) + this.count) & 0xffff)) return false;
    if (this.#protocol !== TCP) return true;
    const at = this.#transportAt + 4;
    return u32(bytes, at) === (u32(first, at) + this.#totalBytes - this.#headerBytes) % 0x100000000;
  }

  #hasPush(bytes: Uint8Array): boolean {
    return ((bytes[this.#transportAt + 13] ?? 0) & PSH) !== 0;
  }

  #isIntact(bytes: Uint8Array): boolean {
    const transportBytes = bytes.length - this.#transportAt;
    return foldChecksum(this.#pseudoSum + transportBytes + sumWords(bytes, this.#transportAt, bytes.length)) === 0;
  }
}

/** Zero for what is never joined to anything. */
function headerBytesOf(packet: InnerPacket, joinsUdp: boolean): number {
  const { bytes, family, protocol, transportAt, isFragment, tcpFlags } = packet;
  if (isFragment || transportAt !== (family === 4 ? V4_HEADER_BYTES : V6_HEADER_BYTES)) return 0;
  if (protocol === TCP) {
    const headerBytes = transportAt + ((bytes[transportAt + 12] ?? 0) >>> 4) * 4;
    return (tcpFlags & ~PSH) === ACK && headerBytes < bytes.length ? headerBytes : 0;
  }
  if (protocol !== UDP || !joinsUdp) return 0;
  const headerBytes = transportAt + UDP_HEADER_BYTES;
  return headerBytes < bytes.length && isWholeUdp(bytes, transportAt) ? headerBytes : 0;
}

function isWholeUdp(bytes: Uint8Array, at: number): boolean {
  // Over IPv4, 0 says that there is no checksum, and the kernel would see one.
  return u16(bytes, at + 4) === bytes.length - at && u16(bytes, at + UDP_CHECKSUM_OFFSET) !== 0;
}

function hasPush({ protocol, tcpFlags }: InnerPacket): boolean {
  return protocol === TCP && (tcpFlags & PSH) !== 0;
}

function isSame(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (a[at] !== b[at]) return false;
  return true;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
