/**
 * Step-up: what cannot be undone, or would let a thief of the cookie stay, asks for a recent proof of who one is. A
 * session that was left open on a desk is then worth little.
 */
const MINUTE_MS = 60_000;

/** Long enough for an evening's tidying up, short enough for a coffee. */
export const STEP_UP_MS = 10 * MINUTE_MS;

/** A clock that was set back must not make a proof last longer: what is ahead of it counts as old. */
export function isSteppedUp(verifiedAt: Date, now: Date): boolean {
  const age = now.getTime() - verifiedAt.getTime();
  return age >= -MINUTE_MS && age < STEP_UP_MS;
}
