/** The one place that asks what time it is. Monotonic milliseconds for everything that measures; wall time for people and the server. */
export const monotonicMs = (): number => performance.now();

export const wallMs = (): number => Date.now();
