/**
 * What authenticators are asked to sign: random, good once, for five minutes, and for the browser or session alone that it
 * was made for. Kept in memory: a server that starts anew has asked nobody anything.
 */
import { randomBytes } from "node:crypto";

/** Time to find the key and to unlock it. */
export const CHALLENGE_MS = 5 * 60_000;

const BYTES = 32;

/** Bounds what strangers can make the server remember. */
const MAX_WAITING = 10_000;

/** Apart from each other, so that strangers who ask to sign in push nobody out who is. */
export type Purpose = "sign-in" | "add" | "verify";

type Waiting = { readonly challenge: string; readonly until: number };

export class Challenges {
  readonly #waiting: Readonly<Record<Purpose, Map<string, Waiting>>> = {
    "sign-in": new Map(),
    add: new Map(),
    verify: new Map(),
  };

  /** In base64url. In place of one that the holder has been given before. */
  issue(purpose: Purpose, holder: string, now: Date): string {
    const waiting = this.#waiting[purpose];
    const challenge = randomBytes(BYTES).toString("base64url");
    waiting.delete(holder);
    waiting.set(holder, { challenge, until: now.getTime() + CHALLENGE_MS });
    if (waiting.size > MAX_WAITING) {
      const [oldest] = waiting.keys();
      if (oldest !== undefined) waiting.delete(oldest);
    }
    return challenge;
  }

  /** Uses it up, whatever becomes of the answer. */
  take(purpose: Purpose, holder: string, now: Date): string | undefined {
    const found = this.#waiting[purpose].get(holder);
    this.#waiting[purpose].delete(holder);
    return found === undefined || found.until <= now.getTime() ? undefined : found.challenge;
  }
}
