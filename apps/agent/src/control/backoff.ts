/**
 * Exponential back-off with full jitter: after n failures, a wait drawn evenly from zero to the ceiling, so that a thousand
 * agents that lost one server do not come back in step.
 */
export type Backoff = { readonly next: () => number; readonly reset: () => void };

export function newBackoff(o: {
  readonly firstMs: number;
  readonly ceilingMs: number;
  readonly random: () => number;
}): Backoff {
  let failures = 0;
  return {
    next: () => {
      const ceilingMs = Math.min(o.ceilingMs, o.firstMs * 2 ** Math.min(failures, 16));
      failures++;
      return o.random() * ceilingMs;
    },
    reset: () => void (failures = 0),
  };
}
