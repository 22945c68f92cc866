import type { Throttles } from "./process.ts";
import { Throttle } from "./throttle.ts";

export function newThrottles(): Throttles {
  return {
    signIn: new Throttle({ burst: 8, refillMs: 15_000 }),
    signInAddress: new Throttle({ burst: 30, refillMs: 2_000 }),
    // Three codes in a million are right at any moment: at one a minute, a guesser needs five months for even odds.
    secondFactor: new Throttle({ burst: 5, refillMs: 60_000 }),
    // About 2^58 codes, at ten a minute from each address; a person who mistypes waits a few seconds at most.
    invite: new Throttle({ burst: 30, refillMs: 2_000 }),
    linkAddress: new Throttle({ burst: 4, refillMs: 5 * 60_000 }),
    linkNetwork: new Throttle({ burst: 10, refillMs: 30_000 }),
    // A whole crew at once, and then one a minute.
    mailTeam: new Throttle({ burst: 50, refillMs: 60_000 }),
    // What somebody who did not ask for it may find in their inbox.
    mailAddress: new Throttle({ burst: 4, refillMs: 15 * 60_000 }),
    setup: new Throttle({ burst: 10, refillMs: 6_000 }),
  };
}
