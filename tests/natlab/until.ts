/** Waits for what programs do by themselves, with a limit. */
import { setTimeout as delay } from "node:timers/promises";

export type Patience = {
  readonly timeoutMs: number;
  /** For the complaint: "…did not happen". */
  readonly what: string;
  readonly intervalMs?: number;
};

const INTERVAL_MS = 100;

/** Asks again and again; the answer is the first value that is not undefined. @throws when the time is over. */
export async function until<T>(ask: () => Promise<T | undefined>, patience: Patience): Promise<T> {
  const { timeoutMs, what, intervalMs = INTERVAL_MS } = patience;
  const endsAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= endsAt) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(intervalMs);
  }
}
