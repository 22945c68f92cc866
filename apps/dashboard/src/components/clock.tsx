"use client";

/**
 * One ticker for every relative time on the page, on the server's clock: a browser whose clock is wrong would otherwise
 * show devices that were seen "in 4 min".
 */
import { createContext, use, useState, useSyncExternalStore } from "react";

const TICK_MS = 1_000;
/** A page load takes this long anyway; below it the two clocks count as the same. */
const TOLERANCE_MS = 3_000;

type Clock = {
  readonly subscribe: (onTick: () => void) => () => void;
  readonly now: () => number;
  readonly atRender: () => number;
};

const ClockContext = createContext<Clock>(newClock(0));

/** `serverNow` is when the page was rendered; the first paint in the browser repeats it, so that both say the same. */
export function ClockProvider({
  serverNow,
  children,
}: {
  readonly serverNow: number;
  readonly children: React.ReactNode;
}) {
  const [clock] = useState(() => newClock(serverNow));
  return <ClockContext value={clock}>{children}</ClockContext>;
}

/** What `read` makes of the time, in milliseconds since the epoch; renders when the answer changes, not on every tick. */
export function useClock<Value extends string | number>(read: (now: number) => Value): Value {
  const clock = use(ClockContext);
  return useSyncExternalStore(
    clock.subscribe,
    () => read(clock.now()),
    () => read(clock.atRender()),
  );
}

/** To the second. */
export function useNow(): number {
  return useClock((now) => Math.floor(now / TICK_MS) * TICK_MS);
}

function newClock(serverNow: number): Clock {
  const difference = serverNow - Date.now();
  const offset = serverNow === 0 || Math.abs(difference) < TOLERANCE_MS ? 0 : difference;
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let current = Date.now() + offset;

  function tick() {
    current = Date.now() + offset;
    for (const listener of listeners) listener();
  }

  return {
    subscribe(onTick) {
      listeners.add(onTick);
      if (timer === undefined) {
        current = Date.now() + offset;
        timer = setInterval(tick, TICK_MS);
      }
      return () => {
        listeners.delete(onTick);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    now: () => current,
    atRender: () => serverNow,
  };
}
