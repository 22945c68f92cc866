/** Why a peer is not reached directly, by what this side has seen alone. Undefined as long as nothing speaks against it. */
import type { AttemptTrace, Candidate, NatProfile, Reason } from "@pinhole/protocol/control";
import { explainAttempt, toReason } from "@pinhole/protocol/explain";
import type { Transport } from "@pinhole/protocol/policy";
import type { Strategy } from "@pinhole/protocol/punch";

/** What became of the last request for a direct path. */
export type Failure =
  | "no-plan"
  | "no-candidates"
  | "not-understood"
  | { readonly trace: AttemptTrace; readonly strategy: Strategy };

type Known = { readonly candidates: readonly Candidate[]; readonly natProfile: NatProfile | null };

export type RelayFacts = {
  readonly isRelayUp: boolean;
  readonly isPeerOnline: boolean;
  /** What the policy says of the pair. */
  readonly transport: Transport;
  readonly failure: Failure | undefined;
  /** A direct path was proven that carries small packets only. */
  readonly losesLargePackets: boolean;
  /** A direct path carried probes, and nothing of the tunnel came in by it. */
  readonly wasDeaf: boolean;
  readonly self: Known & { readonly families: readonly (4 | 6)[] };
  readonly peer: Known;
};

export function relayReason({
  isRelayUp,
  isPeerOnline,
  transport,
  failure,
  losesLargePackets,
  wasDeaf,
  self,
  peer,
}: RelayFacts): Reason | undefined {
  const attempt = typeof failure === "object" ? failure : undefined;
  const verdict = explainAttempt({
    a: {
      ...self,
      trace: attempt?.trace ?? null,
      tunnel: losesLargePackets ? "large-packets-lost" : wasDeaf ? "silent" : undefined,
      isUnderstood: failure !== "not-understood",
    },
    b: { ...peer, trace: null, isOnline: isPeerOnline },
    // A pair that no relay carries does not wait for one.
    isRelayUp: isRelayUp || transport === "direct-only",
    isRelayOnly: transport === "relay-only",
    strategy: attempt?.strategy,
    request: failure === "no-plan" ? "unanswered" : failure === "no-candidates" ? "no-candidates" : undefined,
  });
  return toReason(verdict);
}
