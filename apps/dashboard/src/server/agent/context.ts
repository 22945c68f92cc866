/** What a procedure knows of the connection that it was called on. */
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";

export type AgentContext = {
  readonly hub: AgentHub;
  /** Of the secure channel below: what every signature on this connection is over. */
  readonly handshakeHash: Uint8Array;
  /** Where the connection comes from. */
  readonly address: string;
  /** Spends one of the connection's few tries. */
  readonly mayEnroll: () => boolean;
  readonly caller: AgentCaller;
};

export type AgentCaller =
  | { readonly kind: "device"; readonly session: AgentSession }
  /** Proved to be a device, or claimed to, and is let in no further. */
  | { readonly kind: "refused"; readonly code: SessionRefusal }
  /** Has not said who it is: may enroll. */
  | { readonly kind: "anonymous" };

/** The message of the tRPC error that every procedure of a refused session fails with. */
export type SessionRefusal = "device-unknown" | "device-revoked" | "bad-signature";
