/**
 * The memory that packets lie in on their way through: sums of what lies in it, and copies within
 * it, are made by WebAssembly. It never grows, so it never moves.
 */
import { PacketViews } from "./packet-views.ts";
import { newSumModule } from "./sum-module.ts";

const PAGE_BYTES = 65_536;
/** What is read from the host, what is put together, what is received, and one packet more, with room for alignment. */
const PAGES = 5;
const ALIGNMENT = 16;

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

/** Both take offsets into the memory, and trap outside it. */
type Functions = {
  readonly sum: (from: number, length: number) => number;
  readonly copy: (from: number, length: number, to: number) => number;
};

let current: PacketMemory | undefined;

/**
 * One is known at a time in a thread; with what lies elsewhere everything works, and takes longer. So it does where
 * the processor has no vectors for `code`, or the system no room for WebAssembly's guard pages.
 */
export function openPacketMemory(code: Uint8Array<ArrayBuffer> = newSumModule(PAGES)): PacketMemory {
  current = new PacketMemory(assemble(code));
  return current;
}

/** Of the memory that holds `bytes`, if it is the one that is open. */
export function functionsFor(bytes: Uint8Array): Functions | undefined {
  return current?.views.has(bytes) === true ? current.functions : undefined;
}

type Assembled = { readonly buffer: ArrayBuffer; readonly functions: Functions | undefined };

export class PacketMemory {
  readonly views: PacketViews;
  readonly functions: Functions | undefined;
  /** It shares no page with anything else. */
  readonly hasOwnPages: boolean;
  #used = 0;

  constructor({ buffer, functions }: Assembled) {
    this.views = new PacketViews(buffer);
    this.functions = functions;
    this.hasOwnPages = functions !== undefined;
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
