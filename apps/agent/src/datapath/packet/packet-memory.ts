/**
 * The memory that packets lie in on their way through: sums of what lies in it, and copies within
 * it, are made by WebAssembly. It never grows, so it never moves.
 */
import { PacketViews } from "./packet-views.ts";
import { newPacketModule } from "./packet-module.ts";

const PAGE_BYTES = 65_536;
/** What is read from the host, what is put together, what is received and what is opened of it, and one packet more, with room for alignment. */
const PAGES = 6;
const ALIGNMENT = 16;
/** Of the cipher. */
const KEY_BYTES = 32;
const BLOCK_BYTES = 64;
/** A block of the cipher may lie before the first packet, and a packet's places in memory are told apart by it. */
const BEFORE_OPENED_BYTES = 96;

/** What is used of it: TypeScript declares it for browsers alone. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly packets: { readonly memory: Memory } },
  ) => {
    readonly exports: Functions;
  };
};
type Memory = { readonly buffer: ArrayBuffer };

/** All take offsets into the memory, and trap outside it. */
type Functions = {
  readonly sum: (from: number, length: number) => number;
  readonly copy: (from: number, length: number, to: number) => number;
  readonly keep: (at: number, kept: number) => void;
  readonly reveal: (at: number, before: number, key: number, kept: number) => void;
};

let current: PacketMemory | undefined;

/**
 * One is known at a time in a thread; with what lies elsewhere everything works, and takes longer. So it does where
 * the processor has no vectors for `code`, or the system no room for WebAssembly's guard pages.
 */
export function openPacketMemory(code: Uint8Array<ArrayBuffer> = newPacketModule(PAGES)): PacketMemory {
  current = new PacketMemory(assemble(code));
  return current;
}

/** Of the memory that holds `bytes`, if it is the one that is open. */
export function functionsFor(bytes: Uint8Array): Functions | undefined {
  return current?.views.has(bytes) === true ? current.functions : undefined;
}

/** All words of that memory. */
export function wordsFor(bytes: Uint8Array): Int32Array | undefined {
  return current?.views.has(bytes) === true ? current.words : undefined;
}

type Assembled = { readonly buffer: ArrayBuffer; readonly functions: Functions | undefined };

export class PacketMemory {
  readonly views: PacketViews;
  readonly functions: Functions | undefined;
  readonly words: Int32Array;
  /** It shares no page with anything else. */
  readonly hasOwnPages: boolean;
  /** A place for the authenticator's key of one packet, and one for what lies where the cipher makes it. */
  readonly keyAt: number;
  readonly keptAt: number;
  #used = 0;
  #sealed: Uint8Array<ArrayBuffer> | undefined;
  #openedOffset = 0;

  constructor({ buffer, functions }: Assembled) {
    this.views = new PacketViews(buffer);
    this.functions = functions;
    this.words = new Int32Array(buffer);
    this.hasOwnPages = functions !== undefined;
    this.keyAt = this.take(KEY_BYTES).byteOffset;
    this.keptAt = this.take(BLOCK_BYTES).byteOffset;
    // The block before the first packet of what is taken next.
    this.take(BLOCK_BYTES);
  }

  get buffer(): ArrayBuffer {
    return this.views.buffer;
  }

  /** A part of it, for good. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#used;
    if (at + length > this.buffer.byteLength) throw new RangeError("no packet memory is left");
    this.#used = Math.ceil((at + length) / ALIGNMENT) * ALIGNMENT;
    return new Uint8Array(this.buffer, at, length);
  }

  /** A part for what arrives sealed, with another as long for what is opened of it: see {@link openedOf}. */
  takeSealed(length: number): Uint8Array<ArrayBuffer> {
    const sealed = this.take(length);
    // Places of both are not remembered in the same slots.
    const opened = this.take(BEFORE_OPENED_BYTES + length);
    this.#sealed = sealed;
    this.#openedOffset = opened.byteOffset + BEFORE_OPENED_BYTES - sealed.byteOffset;
    return sealed;
  }

  /** What {@link takeSealed} gave. */
  get sealed(): Uint8Array<ArrayBuffer> | undefined {
    return this.#sealed;
  }

  /** Where a datagram of this memory is opened to; undefined for one that did not arrive in what {@link takeSealed} gave. */
  openedOf(datagram: Uint8Array): Uint8Array | undefined {
    const sealed = this.#sealed;
    if (sealed === undefined) return undefined;
    const from = datagram.byteOffset;
    const to = from + datagram.length;
    if (from < sealed.byteOffset || to > sealed.byteOffset + sealed.length) return undefined;
    return this.views.between(from + this.#openedOffset, to + this.#openedOffset);
  }
}

function assemble(code: Uint8Array<ArrayBuffer>): Assembled {
  try {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { packets: { memory } });
    return { buffer: memory.buffer, functions: instance.exports };
  } catch {
    return { buffer: new ArrayBuffer(PAGES * PAGE_BYTES), functions: undefined };
  }
}
