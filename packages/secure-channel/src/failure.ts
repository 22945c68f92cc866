/**
 * Why a channel ended by its own judgement, and not because the network or the other side ended it.
 *
 * The close codes are for the local program only. A close frame travels in clear, where anyone may
 * write any code into it, so a code of this range that comes from outside is not believed.
 */
export type ChannelFailure = "wrong-server-key" | "bad-handshake" | "handshake-timeout" | "bad-message" | "too-large";

/** What RFC 6455 calls a connection that ended without a close frame. */
const ABNORMAL_CLOSURE = 1006;

export const FAILURE_CLOSE_CODE = {
  /** Somebody answered in the server's place: the one failure that people must be told of in so many words. */
  "wrong-server-key": 4001,
  "bad-handshake": 4002,
  "handshake-timeout": 4003,
  "bad-message": 4004,
  "too-large": 4005,
} as const satisfies Record<ChannelFailure, number>;

const OWN_CODES: ReadonlySet<number> = new Set(Object.values(FAILURE_CLOSE_CODE));

/** The close code of the other side, unless it pretends to be one of ours. */
export function foreignCloseCode(code: number): number {
  return OWN_CODES.has(code) ? ABNORMAL_CLOSURE : code;
}
