/** Refusals in tRPC's words; complete, or it does not compile. */
import type { EnrollRefusal, PunchRefusal, ReachabilityRefusal, RelayLanesRefusal } from "@pinhole/protocol/control";
import type { TRPCError } from "@trpc/server";

export const ENROLL_CODES = {
  "token-invalid": "FORBIDDEN",
  "token-used-up": "FORBIDDEN",
  "token-expired": "FORBIDDEN",
  "token-revoked": "FORBIDDEN",
  "key-already-enrolled": "CONFLICT",
  "team-full": "CONFLICT",
  "bad-signature": "FORBIDDEN",
} as const satisfies Record<EnrollRefusal, TRPCError["code"]>;

export const PUNCH_CODES = {
  "peer-not-found": "NOT_FOUND",
  "peer-offline": "PRECONDITION_FAILED",
  "relay-only": "FORBIDDEN",
  "no-candidates": "PRECONDITION_FAILED",
  "awaiting-turn": "PRECONDITION_FAILED",
  "too-many-requests": "TOO_MANY_REQUESTS",
} as const satisfies Record<PunchRefusal, TRPCError["code"]>;

export const LANES_CODES = {
  "peer-not-found": "NOT_FOUND",
  "peer-offline": "PRECONDITION_FAILED",
  "not-allowed": "FORBIDDEN",
  "too-many-requests": "TOO_MANY_REQUESTS",
} as const satisfies Record<RelayLanesRefusal, TRPCError["code"]>;

export const REACHABILITY_CODES = {
  "bad-endpoint": "BAD_REQUEST",
  "address-not-yours": "FORBIDDEN",
  "not-sendable": "PRECONDITION_FAILED",
  "too-many-requests": "TOO_MANY_REQUESTS",
} as const satisfies Record<ReachabilityRefusal, TRPCError["code"]>;
