/** The host's side of the portable way: packets of a {@link TunPump}, whole as the host's stack hands them over and takes them. */
import type { CountDrop } from "./drop-reason.ts";
import { DELIVER_DROPS } from "./interface-drops.ts";
import type { Bundle } from "./packet/bundle.ts";
import { Coalescer } from "./packet/coalescer.ts";
import type { InnerPacket } from "./packet/inner-packet.ts";
import { functionsFor, type PacketMemory } from "./packet/packet-memory.ts";
import { VIRTIO_HEADER_BYTES, VirtioHeader } from "./packet/virtio-header.ts";
import { FrameReader } from "./pump/frame-reader.ts";
import type { TunPump } from "./pump/tun-pump.ts";

/** The longest packet there is. */
const PACKET_BYTES = 65_536;
/** Where a packet begins behind its header, so that its words are aligned. */
const PACKET_AT = 16;
const LENGTH_BYTES = 4;

type Options = {
  readonly pump: Pick<TunPump, "segmentsUdp" | "start" | "write" | "close">;
  readonly memory: PacketMemory;
  readonly countDrop: CountDrop;
  readonly take: (packet: Uint8Array, offload: VirtioHeader) => void;
  /** Some of the host's packets were taken. */
  readonly taken: () => void;
  readonly link: (state: "up" | "down") => void;
  /** The interface is gone for good. */
  readonly lost: () => void;
};

export class PortableInterface {
  readonly #options: Options;
  readonly #coalescer: Coalescer;
  readonly #offload = new VirtioHeader();
  readonly #read: Uint8Array;
  readonly #frames: FrameReader;
  readonly #deliver = (bundle: Bundle): void => this.#write(bundle);
  /** Bundles of one turn, which go to the program in one piece. */
  #pieces: Uint8Array[] = [];
  #packets = 0;

  constructor(options: Options) {
    const { pump, memory } = options;
    this.#options = options;
    this.#coalescer = new Coalescer({ joinsUdp: pump.segmentsUdp });
    this.#read = memory.take(PACKET_AT + PACKET_BYTES);
    this.#frames = new FrameReader(this.#read.subarray(PACKET_AT - VIRTIO_HEADER_BYTES), (length) =>
      this.#take(length),
    );
  }

  start(): void {
    const { pump, countDrop, link, lost, taken } = this.#options;
    pump.start({
      bytes: (chunk) => {
        if (!this.#frames.push(chunk)) return lost();
        taken();
      },
      refused: (error) => countDrop(DELIVER_DROPS[error] ?? "interface-refused"),
      link,
      gone: lost,
    });
  }

  deliver(packet: InnerPacket, from?: object): void {
    // What lies elsewhere may be somebody else's in a moment: it is copied, behind what came before it.
    if (functionsFor(packet.bytes) === undefined) {
      this.#gather();
      this.#offload.clear();
      this.#add([Uint8Array.from(packet.bytes)]);
    } else this.#coalescer.add(packet, from);
  }

  extend(packet: Uint8Array, from: object): boolean {
    return functionsFor(packet) !== undefined && this.#coalescer.extend(packet, from);
  }

  /** Packets that were delivered are the caller's again. */
  flush(): void {
    this.#gather();
    if (this.#packets === 0) return;
    const { pump, countDrop } = this.#options;
    if (!pump.write(Buffer.concat(this.#pieces))) countDrop("interface-full", this.#packets);
    this.#pieces = [];
    this.#packets = 0;
  }

  close(): void {
    this.#options.pump.close();
  }

  #gather(): void {
    this.#coalescer.flush(this.#deliver);
  }

  #take(length: number): void {
    const end = PACKET_AT + length - VIRTIO_HEADER_BYTES;
    const { countDrop, take } = this.#options;
    if (end < PACKET_AT || !this.#offload.read(this.#read, PACKET_AT - VIRTIO_HEADER_BYTES)) countDrop("bad-offload");
    else take(this.#read.subarray(PACKET_AT, end), this.#offload);
  }

  #write(bundle: Bundle): void {
    bundle.finish(this.#offload);
    const pieces: Uint8Array[] = [];
    bundle.eachPiece((packet, from) => void pieces.push(packet.subarray(from)));
    this.#add(pieces);
  }

  /** What the kernel is to get of one bundle: of each packet one piece. */
  #add(pieces: readonly Uint8Array[]): void {
    const header = Buffer.allocUnsafe(LENGTH_BYTES + VIRTIO_HEADER_BYTES);
    this.#offload.write(header, LENGTH_BYTES);
    header.writeUInt32BE(
      pieces.reduce((length, piece) => length + piece.length, VIRTIO_HEADER_BYTES),
      0,
    );
    this.#pieces.push(header, ...pieces);
    this.#packets += pieces.length;
  }
}
