/**
 * Has V8 look for what has grown old and is needed no more. A thread that makes next to no garbage gives V8 no reason to
 * for hours, and what few bytes survive each collection of the young add up meanwhile: some megabytes an hour at full rate.
 * A collection takes some 20 ms of this small heap, and comes only where there may be something to gain. What
 * grows old between two of them must not fill a page of the heap (256 KiB), or the next is begun; nor may six fall between
 * two handshakes of a session (120 s), after which V8 throws away what handshakes are run with.
 */
import { getHeapSpaceStatistics } from "node:v8";

const EVERY_MS = 30_000;
const WORTH_BYTES = 32 << 10;

export type Heap = {
  /** What lives in the space of the old, with what only seems to. */
  oldBytes(): number;
  /** Collects all of it, at once. */
  collect(): void;
};

/** This thread's; undefined where Node was started without `--expose-gc`. */
export function ownHeap(): Heap | undefined {
  const { gc } = globalThis;
  return (
    gc && {
      oldBytes: () =>
        getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0,
      collect: () => gc({ type: "major", execution: "sync" }),
    }
  );
}

export class OldGarbage {
  readonly #heap: Heap;
  /** What the last collection left; none yet: all of it may be garbage of the start. */
  #left = 0;
  #dueAt: number;

  constructor(heap: Heap, now: number) {
    this.#heap = heap;
    this.#dueAt = now + EVERY_MS;
  }

  /** Does what is due; yields the milliseconds until something is again. */
  tick(now: number): number {
    if (now >= this.#dueAt) {
      this.#dueAt = now + EVERY_MS;
      if (this.#heap.oldBytes() - this.#left >= WORTH_BYTES) this.#collect();
    }
    return this.#dueAt - now;
  }

  #collect(): void {
    this.#heap.collect();
    this.#left = this.#heap.oldBytes();
  }
}
