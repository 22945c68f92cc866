/**
 * Memory at addresses below 2^31. To V8 those are small integers, which go into a call as they are; any other address is
 * a number on its heap, made for each call, and read by koffi in several steps. At two dozen addresses a packet that was
 * a tenth of the packet's time, and most of the garbage.
 *
 * It is never given back, since nobody knows who still holds an address. Where the system has no such room, memory lies
 * where it would otherwise, and everything works.
 */
import type { Native } from "./native.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FIXED = 0x10;
const MFD_CLOEXEC = 1;

/** Above a program's own code and heap. The kernel takes a place as a wish: one that is taken leads elsewhere. */
const FIRST_PLACE = 0x5000_0000;
const LOW_END = 0x8000_0000;
const PLACE_BYTES = 0x10_0000;

/** A cache line, so that no two pieces share one. */
const ALIGNMENT = 64;
const PIECES_BYTES = 0x4_0000;

export class LowMemory {
  readonly #native: Native;
  readonly #mmap: (at: number, length: number, ...rest: readonly [number, number, number, number]) => number;
  readonly #munmap: (at: number, length: number) => number;
  #place = FIRST_PLACE;
  #pieces: { at: number; readonly end: number } | undefined;

  /** @throws where the system's library lacks the calls. */
  constructor(native: Native) {
    this.#native = native;
    this.#mmap = native.bind(
      "uintptr_t mmap(uintptr_t at, size_t length, int protection, int flags, int fd, long offset)",
    );
    this.#munmap = native.bind("int munmap(uintptr_t at, size_t length)");
  }

  /** A piece for good. */
  take(length: number): { readonly buffer: ArrayBuffer; readonly address: number } | undefined {
    this.#pieces ??= this.#openPieces();
    const { at, end } = this.#pieces;
    if (at + length > end) return undefined;
    this.#pieces.at = Math.ceil((at + length) / ALIGNMENT) * ALIGNMENT;
    return { buffer: this.#native.viewOf(at, length), address: at };
  }

  /** Makes the whole pages of `length` bytes at `address`, which nobody has written, reachable at the yielded address, too. */
  alias(address: number, length: number): number | undefined {
    const { bind } = this.#native;
    const fd: number = bind("int memfd_create(const char *name, unsigned int flags)")("packets", MFD_CLOEXEC);
    if (fd < 0) return undefined;
    try {
      if (bind("int ftruncate(int fd, long length)")(fd, length) !== 0) return undefined;
      const low = this.#map(length, MAP_SHARED, fd);
      if (low === undefined) return undefined;
      const mapped = this.#mmap(address, length, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
      return mapped === address ? low : undefined;
    } finally {
      bind("int close(int fd)")(fd);
    }
  }

  #openPieces(): { at: number; readonly end: number } {
    const at = this.#map(PIECES_BYTES, MAP_PRIVATE_ANONYMOUS, -1);
    return at === undefined ? { at: 0, end: 0 } : { at, end: at + PIECES_BYTES };
  }

  #map(length: number, flags: number, fd: number): number | undefined {
    while (this.#place + length <= LOW_END) {
      const place = this.#place;
      this.#place += PLACE_BYTES;
      const at = this.#mmap(place, length, PROT_READ_WRITE, flags, fd, 0);
      if (at === place) return at;
      // A refusal is the greatest word there is, which is no number that an address could be.
      if (Number.isSafeInteger(at)) this.#munmap(at, length);
    }
    return undefined;
  }
}
