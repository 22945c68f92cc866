/** Time that moves only when told to: what is due runs in order, equal times in the order they were asked for. */
type Due = { readonly at: number; readonly order: number; readonly run: () => void };

export class VirtualTime {
  #now = 0;
  #order = 0;
  /** A binary heap, earliest first. */
  readonly #heap: Due[] = [];

  get now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.#now), order: this.#order++, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.#now + ms, run);
  }

  /** Runs everything due up to `time`, and leaves the clock there. */
  runUntil(time: number): void {
    for (let due = this.#heap[0]; due !== undefined && due.at <= time; due = this.#heap[0]) {
      this.#pop();
      this.#now = due.at;
      due.run();
    }
    this.#now = Math.max(this.#now, time);
  }

  run(ms: number): void {
    this.runUntil(this.#now + ms);
  }

  /** Runs until `condition` holds, checked after each event; false when `timeoutMs` passed without. */
  runUntilTrue(condition: () => boolean, timeoutMs: number): boolean {
    const end = this.#now + timeoutMs;
    while (!condition()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > end) {
        this.#now = end;
        return false;
      }
      this.runUntil(next.at);
    }
    return true;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, due)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below !== undefined && right !== undefined && isBefore(right, below)) {
        child++;
        below = right;
      }
      if (below === undefined || isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
