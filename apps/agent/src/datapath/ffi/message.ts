/**
 * `struct msghdr` with one buffer, one address and one control message, for `sendmsg` and
 * `recvmsg` on UDP sockets that segment and coalesce (UDP_SEGMENT, UDP_GRO).
 *
 *     msghdr    name | name length | vectors | vector count | control | control length | flags     a word each
 *     cmsghdr   length (a word) | level 4 | type 4 | data
 */
import { MachineWords } from "./machine-words.ts";
import type { Native } from "./native.ts";
import { addressOf, type Pinned, pin } from "./native-memory.ts";
import { SOCKADDR_STORAGE_BYTES } from "./sockaddr.ts";

const NAME = 0;
const NAME_LENGTH = 1;
const VECTORS = 2;
const VECTOR_COUNT = 3;
const CONTROL = 4;
const CONTROL_LENGTH = 5;
const FLAGS = 6;
const HEADER_WORDS = 7;

const MSG_TRUNC = 0x20;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;

/** Room for the one that was asked for, and others that somebody may have switched on. */
const CONTROL_BYTES = 128;

export class Message {
  readonly address: number;
  /** Of the sender, after it was received. */
  readonly name: Uint8Array;
  readonly #header: MachineWords;
  readonly #vector: MachineWords;
  readonly #name: Pinned;
  readonly #control: Pinned;
  readonly #wordBytes: number;
  readonly #view: DataView;

  constructor(native: Native) {
    this.#wordBytes = native.wordBytes;
    this.#header = new MachineWords(native, HEADER_WORDS);
    this.#vector = new MachineWords(native, 2);
    this.#name = pin(native, SOCKADDR_STORAGE_BYTES);
    this.name = this.#name.bytes;
    this.#control = pin(native, CONTROL_BYTES);
    this.#view = new DataView(this.#control.bytes.buffer);
    this.address = this.#header.address;
    this.#header.set(VECTORS, this.#vector.address);
    this.#header.set(VECTOR_COUNT, 1);
  }

  /** To be sent as datagrams of `segmentBytes` each, the last one perhaps shorter. */
  prepareSend(bytes: Uint8Array, to: Uint8Array, segmentBytes: number): void {
    this.#setBuffer(bytes);
    if (to.length > this.name.length) throw new RangeError(`an address of ${to.length} bytes`);
    this.name.set(to);
    this.#header.set(NAME, this.#name.address);
    this.#header.setInt(NAME_LENGTH, to.length);
    this.#header.setInt(FLAGS, 0);
    if (segmentBytes >= bytes.length) {
      this.#header.set(CONTROL, 0);
      this.#header.set(CONTROL_LENGTH, 0);
      return;
    }
    const dataAt = this.#wordBytes + 8;
    this.#view.setUint32(0, dataAt + 2, true);
    this.#view.setUint32(this.#wordBytes, SOL_UDP, true);
    this.#view.setUint32(this.#wordBytes + 4, UDP_SEGMENT, true);
    this.#view.setUint16(dataAt, segmentBytes, true);
    this.#header.set(CONTROL, this.#control.address);
    this.#header.set(CONTROL_LENGTH, this.#aligned(dataAt + 2));
  }

  prepareReceive(into: Uint8Array): void {
    this.#setBuffer(into);
    this.#header.set(NAME, this.#name.address);
    this.#header.setInt(NAME_LENGTH, this.name.length);
    this.#header.set(CONTROL, this.#control.address);
    this.#header.set(CONTROL_LENGTH, CONTROL_BYTES);
    this.#header.setInt(FLAGS, 0);
  }

  /** The end of what was received is lost. */
  get isTruncated(): boolean {
    return (this.#header.getInt(FLAGS) & MSG_TRUNC) !== 0;
  }

  /** How long each datagram is of those that were received as one; 0 when it is one. */
  get segmentBytes(): number {
    const end = Math.min(this.#header.get(CONTROL_LENGTH), CONTROL_BYTES);
    const dataAt = this.#wordBytes + 8;
    for (let at = 0; at + dataAt + 4 <= end; ) {
      const length = this.#view.getUint32(at, true);
      if (length < dataAt) return 0;
      const isAboutGro =
        this.#view.getUint32(at + this.#wordBytes, true) === SOL_UDP &&
        this.#view.getUint32(at + this.#wordBytes + 4, true) === UDP_GRO;
      if (isAboutGro) return this.#view.getInt32(at + dataAt, true);
      at += this.#aligned(length);
    }
    return 0;
  }

  #setBuffer(bytes: Uint8Array): void {
    const address = addressOf(bytes);
    if (address === undefined) throw new RangeError("not memory of ours");
    this.#vector.set(0, address);
    this.#vector.set(1, bytes.length);
  }

  #aligned(length: number): number {
    return Math.ceil(length / this.#wordBytes) * this.#wordBytes;
  }
}
