/** What there is to say of a peer that the path engine does not know. */
export const noPath = (serverNow: number) => ({
  path: { kind: "none" as const, since: Math.max(0, Math.round(serverNow)) },
  rttMs: null,
  lossRatio: null,
  pathMtuBytes: null,
});
