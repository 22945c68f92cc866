/** Every expected "no" of a use case. The page turns the code into words; nothing of another team shows in one. */
export type Refusal =
  | { readonly code: "setup-already-done" }
  | { readonly code: "setup-code-wrong" }
  | { readonly code: "too-many-tries" }
  | { readonly code: "email-taken" }
  | { readonly code: "team-not-found" }
  | { readonly code: "session-not-found" }
  | { readonly code: "device-not-found" }
  | { readonly code: "device-name-taken" }
  | { readonly code: "device-already-revoked" }
  | { readonly code: "device-not-revoked" }
  | { readonly code: "restore-too-late" }
  | { readonly code: "token-not-found" }
  | { readonly code: "token-already-revoked" }
  | { readonly code: "too-many-tokens" }
  | { readonly code: "connection-not-found" }
  | { readonly code: "attempt-not-found" }
  | { readonly code: "device-offline" }
  | { readonly code: "no-candidates" }
  | { readonly code: "retry-too-soon" }
  | { readonly code: "policy-denied" }
  | { readonly code: "relay-only" }
  | { readonly code: "device-silent" }
  | { readonly code: "policy-not-found" }
  | { readonly code: "policy-changed" }
  | { readonly code: "policy-settled" }
  | { readonly code: "policy-faulty" }
  | { readonly code: "policy-tests-failing" }
  | { readonly code: "policy-unconfirmed" }
  | { readonly code: "role-insufficient" }
  | { readonly code: "step-up-needed" }
  | { readonly code: "password-wrong" }
  | { readonly code: "code-needed" }
  | { readonly code: "code-wrong" }
  | { readonly code: "second-factor-on" }
  | { readonly code: "second-factor-off" }
  | { readonly code: "transfer-to-self" }
  | { readonly code: "member-not-found" }
  | { readonly code: "member-already" }
  | { readonly code: "last-owner" }
  | { readonly code: "invite-not-found" }
  | { readonly code: "invite-over" }
  | { readonly code: "invite-for-another" }
  | { readonly code: "too-many-invites" };

export type RefusalCode = Refusal["code"];
