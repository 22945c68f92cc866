/** Calls `onSilence` when nothing was heard for as long as was announced. */
export type Watchdog = { readonly heard: (silenceMs: number) => void; readonly stop: () => void };

export function newWatchdog(onSilence: () => void): Watchdog {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    heard(silenceMs) {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silenceMs);
    },
    stop: () => clearTimeout(timer),
  };
}
