import type { SessionEnd } from "../coordination/agent-session.ts";

/**
 * WebSocket close codes of a session that the server ends. They travel in clear, where anyone may write them: good for a log and
 * for the moment of the next try, never for a decision.
 */
export const CLOSE_CODES = {
  revoked: 4_103,
  replaced: 4_109,
  shutdown: 4_100,
  "slow-reader": 4_108,
} as const satisfies Record<SessionEnd, number>;
