import type { Result } from "@pinhole/protocol";
import { TRPCError } from "@trpc/server";
import type { Refusal, RefusalCode } from "../refusal.ts";

const TRPC_CODE = {
  "setup-already-done": "CONFLICT",
  "setup-code-wrong": "FORBIDDEN",
  "too-many-tries": "TOO_MANY_REQUESTS",
  "email-taken": "CONFLICT",
  "mail-off": "CONFLICT",
  "provider-off": "CONFLICT",
  "identity-not-found": "NOT_FOUND",
  "last-way-in": "CONFLICT",
  "team-not-found": "NOT_FOUND",
  "too-many-teams": "CONFLICT",
  "session-not-found": "NOT_FOUND",
  "device-not-found": "NOT_FOUND",
  "device-name-taken": "CONFLICT",
  "device-already-revoked": "CONFLICT",
  "device-not-revoked": "CONFLICT",
  "restore-too-late": "CONFLICT",
  "token-not-found": "NOT_FOUND",
  "token-already-revoked": "CONFLICT",
  "too-many-tokens": "CONFLICT",
  "own-device-only": "FORBIDDEN",
  "api-token-not-found": "NOT_FOUND",
  "api-token-already-revoked": "CONFLICT",
  "too-many-api-tokens": "CONFLICT",
  "webhook-not-found": "NOT_FOUND",
  "delivery-not-found": "NOT_FOUND",
  "too-many-webhooks": "CONFLICT",
  "too-many-deliveries": "TOO_MANY_REQUESTS",
  "connection-not-found": "NOT_FOUND",
  "attempt-not-found": "NOT_FOUND",
  "device-offline": "CONFLICT",
  "device-online": "CONFLICT",
  "no-candidates": "CONFLICT",
  "retry-too-soon": "TOO_MANY_REQUESTS",
  "policy-denied": "CONFLICT",
  "relay-only": "CONFLICT",
  "device-silent": "CONFLICT",
  "policy-not-found": "NOT_FOUND",
  "policy-changed": "CONFLICT",
  "policy-settled": "CONFLICT",
  "policy-faulty": "BAD_REQUEST",
  "policy-tests-failing": "CONFLICT",
  "policy-unconfirmed": "CONFLICT",
  "role-insufficient": "FORBIDDEN",
  "step-up-needed": "FORBIDDEN",
  "password-wrong": "FORBIDDEN",
  "code-needed": "FORBIDDEN",
  "code-wrong": "FORBIDDEN",
  "second-factor-on": "CONFLICT",
  "second-factor-off": "CONFLICT",
  "passkey-not-found": "NOT_FOUND",
  "passkey-wrong": "FORBIDDEN",
  "passkey-late": "CONFLICT",
  "passkey-known": "CONFLICT",
  "too-many-passkeys": "CONFLICT",
  "transfer-to-self": "CONFLICT",
  "member-not-found": "NOT_FOUND",
  "member-already": "CONFLICT",
  "last-owner": "CONFLICT",
  "invite-not-found": "NOT_FOUND",
  "invite-over": "CONFLICT",
  "invite-for-another": "FORBIDDEN",
  "too-many-invites": "CONFLICT",
} as const satisfies Record<RefusalCode, TRPCError["code"]>;

/** The message is the code: clients compare it, and the page has the words. */
export function toTrpcError(refusal: Refusal): TRPCError {
  return new TRPCError({ code: TRPC_CODE[refusal.code], message: refusal.code });
}

export function unwrap<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw toTrpcError(result.error);
  return result.value;
}
