/**
 * Why a peer is not reached directly, by what this side has seen. "a" in a code is this
 * device, "b" the peer. Undefined as long as nothing speaks against a direct path.
 */
import type { NatProfile, Reason } from "@pinhole/protocol/control";
import { explainPair } from "@pinhole/protocol/punch";
import type { AttemptFailure } from "./attempt.ts";

export type Failure = AttemptFailure | "no-plan" | "no-candidates" | "no-common-family";

export type RelayFacts = {
  readonly isRelayUp: boolean;
  readonly isPeerOnline: boolean;
  readonly failure: Failure | undefined;
  readonly self: NatProfile | null;
  readonly peer: NatProfile | null;
};

export function relayReason({ isRelayUp, isPeerOnline, failure, self, peer }: RelayFacts): Reason | undefined {
  // Without the relay there is no session either, and what the server last said of the peer is old.
  if (!isRelayUp) return { code: "relay_unavailable", measured: true };
  if (!isPeerOnline) return { code: "peer_offline", side: "peer", measured: true };
  switch (failure) {
    case undefined:
      return explainPair(self, peer, "none") ?? undefined;
    case "no-plan":
      return { code: "signal_timeout", measured: true };
    case "no-candidates":
      return { code: "candidate_gather_timeout", measured: false };
    case "no-common-family":
      return { code: "no_common_family", side: "both", measured: true };
    case "one-way":
      return { code: "one_way_b_to_a", measured: true };
    case "no-pairs":
    case "no-pong":
      return explainPair(self, peer) ?? { code: "probe_timeout", measured: true };
  }
}
