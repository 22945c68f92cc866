/** Tokens that somebody has at a time for devices of their own, used or not: no one may use up what the team has. */
export const MAX_OWN_LIVE_TOKENS = 20;
