/** The host's side of the fast way: packets of the TUN interface, whole as the host's stack hands them over and takes them. */
import type { CountDrop } from "./drop-reason.ts";
import type { SystemError } from "./ffi/errno.ts";
import { IoVectors } from "./ffi/io-vectors.ts";
import type { Libc } from "./ffi/libc.ts";
import type { Native } from "./ffi/native.ts";
import { addressOf, allocate } from "./ffi/native-memory.ts";
import type { TunDevice } from "./ffi/tun-device.ts";
import { DELIVER_DROPS } from "./interface-drops.ts";
import type { Bundle } from "./packet/bundle.ts";
import { Coalescer } from "./packet/coalescer.ts";
import type { InnerPacket } from "./packet/inner-packet.ts";
import type { PacketMemory } from "./packet/packet-memory.ts";
import { VIRTIO_HEADER_BYTES, VirtioHeader } from "./packet/virtio-header.ts";

/** The longest packet there is. */
const PACKET_BYTES = 65_536;
/** Where a packet begins behind its header, so that its words are aligned. */
const PACKET_AT = 16;

/** Packets of the host before the sockets have their turn. */
const BATCH = 64;

/** The header and the packets of one bundle, which the kernel takes 1,024 of. */
const MAX_PIECES = 256;

type Options = {
  readonly native: Native;
  readonly libc: Libc;
  readonly device: TunDevice;
  /** Known to {@link Native}. */
  readonly memory: PacketMemory;
  readonly countDrop: CountDrop;
  /** The interface is gone for good. */
  readonly lost: () => void;
};

export class LoopInterface {
  readonly #options: Options;
  readonly #coalescer: Coalescer;
  readonly #offload = new VirtioHeader();
  readonly #read: Uint8Array;
  readonly #readInto: Uint8Array;
  readonly #header: Uint8Array;
  readonly #pieces: IoVectors;
  readonly #single: Uint8Array;
  #isLost = false;
  readonly #deliver = (bundle: Bundle): void => this.#write(bundle);
  readonly #addPiece = (packet: Uint8Array, from: number): void => this.#pieces.add(packet, from);

  constructor(options: Options) {
    const { native, device, memory } = options;
    this.#options = options;
    this.#coalescer = new Coalescer({ joinsUdp: device.segmentsUdp });
    this.#read = memory.take(PACKET_AT + PACKET_BYTES);
    this.#readInto = this.#read.subarray(PACKET_AT - VIRTIO_HEADER_BYTES);
    this.#header = allocate(native, VIRTIO_HEADER_BYTES);
    this.#pieces = new IoVectors(native, MAX_PIECES);
    this.#single = memory.take(PACKET_BYTES);
  }

  get name(): string {
    return this.#options.device.name;
  }

  get fd(): number {
    return this.#options.device.fd;
  }

  /** What the host has sent, as far as one turn goes. */
  read(take: (packet: Uint8Array, offload: VirtioHeader) => void): void {
    const { libc, countDrop } = this.#options;
    for (let count = 0; count < BATCH && !this.#isLost; count++) {
      const read = libc.read(this.fd, this.#readInto);
      if (!read.ok) {
        if (read.error === "again") return;
        if (!PASSING.has(read.error)) return this.#lose();
        countDrop("bad-offload");
        continue;
      }
      const end = PACKET_AT + read.value - VIRTIO_HEADER_BYTES;
      if (end < PACKET_AT || !this.#offload.read(this.#readInto, 0)) countDrop("bad-offload");
      else take(this.#read.subarray(PACKET_AT, end), this.#offload);
    }
  }

  deliver(packet: InnerPacket, from?: object): void {
    // What lies elsewhere is written at once, behind what came before it.
    if (addressOf(packet.bytes) === undefined) {
      this.flush();
      this.#single.set(packet.bytes);
      this.#offload.clear();
      this.#begin();
      this.#pieces.add(this.#single.subarray(0, packet.bytes.length), 0);
      this.#writePieces(1);
    } else this.#coalescer.add(packet, from);
  }

  extend(packet: Uint8Array, from: object): boolean {
    return addressOf(packet) !== undefined && this.#coalescer.extend(packet, from);
  }

  flush(): void {
    this.#coalescer.flush(this.#deliver);
  }

  #write(bundle: Bundle): void {
    bundle.finish(this.#offload);
    this.#begin();
    bundle.eachPiece(this.#addPiece);
    this.#writePieces(bundle.count);
  }

  /** With the header, which says what is to be done with the pieces that follow. */
  #begin(): void {
    this.#offload.write(this.#header, 0);
    this.#pieces.clear();
    this.#pieces.add(this.#header, 0);
  }

  /** Of so many packets. */
  #writePieces(count: number): void {
    const { libc, countDrop } = this.#options;
    if (this.#isLost) return countDrop("no-interface", count);
    const written = libc.writev(this.fd, this.#pieces);
    if (written.ok) return;
    countDrop(DELIVER_DROPS[written.error] ?? "interface-refused", count);
    if (written.error === "bad-state") this.#lose();
  }

  /** From here on the descriptor may be somebody else's. */
  #lose(): void {
    this.#isLost = true;
    this.#options.lost();
  }
}

/** One packet that could not be handed over: the kernel has dropped it, and there are others. */
const PASSING: ReadonlySet<SystemError> = new Set(["invalid", "no-buffers", "interrupted"]);
