/** Hands items over at most once per `delayMs`: the first at once, those that follow it together. */
export type Gatherer<Item> = { readonly add: (items: Iterable<Item>) => void; readonly stop: () => void };

export function newGatherer<Item>(delayMs: number, deliver: (items: ReadonlySet<Item>) => void): Gatherer<Item> {
  let waiting = new Set<Item>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush() {
    timer = undefined;
    if (waiting.size === 0) return;
    const gathered = waiting;
    waiting = new Set();
    timer = setTimeout(flush, delayMs);
    deliver(gathered);
  }

  return {
    add(items) {
      for (const item of items) waiting.add(item);
      if (timer === undefined) flush();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting.clear();
    },
  };
}
