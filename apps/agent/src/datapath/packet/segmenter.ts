/**
 * Cuts what the kernel handed over whole (TCP and UDP segmentation offload) into the packets that
 * it stands for, and finishes checksums that were left to the hardware. The other end may be any
 * WireGuard, so what leaves here is what a network would have carried.
 *
 *     headers | payload ──▶ headers' | payload 1   headers'' | payload 2   …
 *
 * Of the headers change: lengths, the IPv4 identification, the TCP sequence number, FIN and PSH
 * (the last segment's alone), CWR (the first one's), and the checksums.
 */
import { copyAndSum, fold, foldChecksum, sumWords } from "./checksum.ts";
import type { InnerPacket } from "./inner-packet.ts";
import { TCP, UDP } from "./protocol-numbers.ts";
import { Segmentation, type VirtioHeader } from "./virtio-header.ts";

const V4_HEADER_BYTES = 20;
const V6_HEADER_BYTES = 40;
const UDP_HEADER_BYTES = 8;
const TCP_CHECKSUM_OFFSET = 16;
const UDP_CHECKSUM_OFFSET = 6;

const FIN = 0x01;
const PSH = 0x08;
const CWR = 0x80;

/** One object is reused for all packets; what it is given is lent until the next {@link begin}. */
export class Segmenter {
  /** How many packets there are to {@link write}. */
  count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #family: 4 | 6 = 4;
  #protocol = 0;
  #transportAt = 0;
  #isSegmented = false;
  /** Of the words of each header, and of the pseudo-header, that are the same in all packets. */
  #ipSum = 0;
  #transportSum = 0;
  #ipId = 0;
  #sequence = 0;
  /** With the header's length, which shares a word with them. */
  #flags = 0;
  #headerBytes = 0;
  #segmentBytes = 0;
  #checksumStart = -1;
  #checksumAt = -1;
  /** What is copied; one for all, since two new ones for each packet were most of the garbage there was. */
  readonly #piece = { source: this.#bytes, from: 0, to: 0 };

  /** What has been read of the packet, and what goes with it; undefined when all is well. */
  begin(packet: InnerPacket, offload: VirtioHeader): "bad-offload" | undefined {
    this.#bytes = packet.bytes;
    this.#family = packet.family;
    this.#protocol = packet.protocol;
    this.#transportAt = packet.transportAt;
    this.#isSegmented = offload.segmentation !== Segmentation.none;
    return this.#isSegmented ? this.#beginMany(packet, offload) : this.#beginOne(offload);
  }

  lengthOf(index: number): number {
    if (!this.#isSegmented) return this.#bytes.length;
    const from = this.#headerBytes + index * this.#segmentBytes;
    return this.#headerBytes + Math.min(this.#segmentBytes, this.#bytes.length - from);
  }

  /** Puts packet `index` into `into` at `at`, where there is room for it. */
  write(index: number, into: Uint8Array, at: number): void {
    if (this.#isSegmented) this.#writeSegment(index, into, at);
    else this.#writeWhole(into, at);
  }

  #beginOne({ needsChecksum, checksumStart, checksumOffset }: VirtioHeader): "bad-offload" | undefined {
    this.count = 1;
    this.#checksumStart = -1;
    if (!needsChecksum) return undefined;
    const at = checksumStart + checksumOffset;
    if (checksumStart < V4_HEADER_BYTES || at + 2 > this.#bytes.length) return "bad-offload";
    this.#checksumStart = checksumStart;
    this.#checksumAt = at;
    return undefined;
  }

  #beginMany(packet: InnerPacket, { segmentation, segmentBytes }: VirtioHeader): "bad-offload" | undefined {
    const { bytes, family, protocol, transportAt, isFragment } = packet;
    const isTcp = segmentation === (family === 4 ? Segmentation.tcp4 : Segmentation.tcp6) && protocol === TCP;
    const isUdp = segmentation === Segmentation.udp && protocol === UDP;
    if (isFragment || (!isTcp && !isUdp)) return "bad-offload";
    const transportBytes = isTcp ? ((bytes[transportAt + 12] ?? 0) >>> 4) * 4 : UDP_HEADER_BYTES;
    this.#headerBytes = transportAt + transportBytes;
    this.#segmentBytes = segmentBytes;
    const payloadBytes = bytes.length - this.#headerBytes;
    if (segmentBytes === 0 || payloadBytes <= 0) return "bad-offload";
    this.count = Math.ceil(payloadBytes / segmentBytes);
    this.#ipId = u16(bytes, 4);
    this.#ipSum = sumWords(bytes, 0, 2) + sumWords(bytes, 6, 10) + sumWords(bytes, 12, V4_HEADER_BYTES);
    this.#transportSum = pseudoSum(packet) + sumWords(bytes, transportAt, transportAt + 4);
    if (isTcp) this.#beginTcp(bytes, transportAt);
    return undefined;
  }

  #beginTcp(bytes: Uint8Array, at: number): void {
    this.#sequence = u32(bytes, at + 4);
    this.#flags = u16(bytes, at + 12);
    // All but sequence number, flags and checksum.
    this.#transportSum +=
      sumWords(bytes, at + 8, at + 12) +
      sumWords(bytes, at + 14, at + TCP_CHECKSUM_OFFSET) +
      sumWords(bytes, at + 18, this.#headerBytes);
  }

  #writeWhole(into: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    into.set(bytes, at);
    if (this.#checksumStart < 0) return;
    const checksum = foldChecksum(sumWords(into, at + this.#checksumStart, at + bytes.length));
    setU16(into, at + this.#checksumAt, checksum === 0 && this.#protocol === UDP ? 0xffff : checksum);
  }

  #writeSegment(index: number, into: Uint8Array, at: number): void {
    const source = this.#bytes;
    const headerBytes = this.#headerBytes;
    const from = headerBytes + index * this.#segmentBytes;
    const to = Math.min(from + this.#segmentBytes, source.length);
    const length = headerBytes + to - from;
    const piece = this.#piece;
    piece.source = source;
    piece.from = 0;
    piece.to = headerBytes;
    copyAndSum(into, at, piece);
    piece.from = from;
    piece.to = to;
    // The payload begins a whole number of words behind the checksum's start.
    const payloadSum = copyAndSum(into, at + headerBytes, piece);
    if (this.#family === 4) this.#fixV4(index, into, at, length);
    else setU16(into, at + 4, length - V6_HEADER_BYTES);
    const transportAt = at + this.#transportAt;
    const transportBytes = length - this.#transportAt;
    if (this.#protocol === TCP) this.#fixTcp(index, into, transportAt, payloadSum + transportBytes);
    else {
      setU16(into, transportAt + 4, transportBytes);
      this.#setUdpChecksum(into, transportAt, payloadSum + 2 * transportBytes);
    }
  }

  #fixV4(index: number, into: Uint8Array, at: number, length: number): void {
    const id = (this.#ipId + index) & 0xffff;
    setU16(into, at + 2, length);
    setU16(into, at + 4, id);
    setU16(into, at + 10, foldChecksum(this.#ipSum + length + id));
  }

  /** `sum` is of what is not in the header. */
  #fixTcp(index: number, into: Uint8Array, at: number, sum: number): void {
    const sequence = (this.#sequence + index * this.#segmentBytes) | 0;
    let flags = this.#flags;
    if (index > 0) flags &= ~CWR;
    if (index < this.count - 1) flags &= ~(FIN | PSH);
    setU16(into, at + 4, sequence >>> 16);
    setU16(into, at + 6, sequence);
    setU16(into, at + 12, flags);
    const fields = (sequence >>> 16) + (sequence & 0xffff) + flags;
    setU16(into, at + TCP_CHECKSUM_OFFSET, foldChecksum(this.#transportSum + fields + sum));
  }

  #setUdpChecksum(into: Uint8Array, at: number, sum: number): void {
    const checksum = foldChecksum(this.#transportSum + sum);
    // In UDP, 0 says that there is none (RFC 768).
    setU16(into, at + UDP_CHECKSUM_OFFSET, checksum === 0 ? 0xffff : checksum);
  }
}

/** Of the pseudo-header but for the length (RFC 9293 §3.1, RFC 8200 §8.1). */
export function pseudoSum({ bytes, srcAt, dstAt, addressBytes, protocol }: InnerPacket): number {
  return fold(sumWords(bytes, srcAt, srcAt + addressBytes) + sumWords(bytes, dstAt, dstAt + addressBytes) + protocol);
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 16) | u16(bytes, at + 2);
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
