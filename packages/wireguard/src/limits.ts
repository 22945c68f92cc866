/**
 * How long and how far a session may go. The defaults are the paper's and every other
 * WireGuard counts on them: only tests pass others.
 */
export type Limits = {
  /** The initiator of a session starts the next one once it is this old, or has sent this many messages. */
  readonly rekeyAfterMs: number;
  readonly rekeyAfterMessages: bigint;
  /** Past these a session neither sends nor receives. */
  readonly rejectAfterMs: number;
  readonly rejectAfterMessages: bigint;
  /** An unanswered initiation is repeated after this long, plus jitter. */
  readonly rekeyTimeoutMs: number;
  /** How long one attempt repeats initiations before it gives up. */
  readonly rekeyAttemptMs: number;
  /** A peer that receives data and has nothing to say answers with an empty packet after this long. */
  readonly keepaliveTimeoutMs: number;
};

export const PROTOCOL_LIMITS: Limits = {
  rekeyAfterMs: 120_000,
  rekeyAfterMessages: 2n ** 60n,
  rejectAfterMs: 180_000,
  // The replay window must never wrap, hence the distance to 2^64.
  rejectAfterMessages: 2n ** 64n - 2n ** 13n - 1n,
  rekeyTimeoutMs: 5_000,
  rekeyAttemptMs: 90_000,
  keepaliveTimeoutMs: 10_000,
};
