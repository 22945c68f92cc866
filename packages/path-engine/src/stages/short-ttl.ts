/**
 * Enough hops to pass the own NATs, a carrier's included, and too few to reach another network's: such a packet opens the
 * way for an answer and is seen by nobody.
 */
export const SHORT_TTL = 4;
