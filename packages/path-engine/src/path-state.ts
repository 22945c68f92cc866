/** A path in the words of `pinhole status` and of the reports to the dashboard. */
import { formatEndpoint } from "@pinhole/protocol";
import type { Candidate, CandidateKind, PathState } from "@pinhole/protocol/control";
import type { Vicinity } from "./may-probe.ts";
import { type Pair, pathTypeOf } from "./pair.ts";
import { roundTrip } from "./trace-recorder.ts";

export type PathFacts = {
  readonly active: Pair | undefined;
  readonly vicinity: Vicinity;
  /** Our own. */
  readonly candidates: readonly Candidate[];
  readonly isRelayUsable: boolean;
  readonly relayName: string | undefined;
  /** On the server's clock. */
  readonly since: number;
};

export function describePath({
  active,
  vicinity,
  candidates,
  isRelayUsable,
  relayName,
  since: at,
}: PathFacts): PathState {
  const since = Math.max(0, Math.round(at));
  if (active === undefined) {
    if (!isRelayUsable) return { kind: "none", since };
    return { kind: "relay", since, ...(relayName === undefined ? {} : { relay: relayName }) };
  }
  const { rttMs } = active.stats;
  return {
    kind: "direct",
    type: pathTypeOf(active, vicinity),
    endpoint: active.name,
    since,
    ...(rttMs === undefined ? {} : { rttMs: roundTrip(rttMs) }),
    ...(active.observed === undefined ? {} : { localCandidate: kindOf(formatEndpoint(active.observed), candidates) }),
    remoteCandidate: active.kind,
  };
}

/** Which of our candidates the peer sees us by; none of them means that our NAT made a new one for this peer. */
function kindOf(observed: string, candidates: readonly Candidate[]): CandidateKind {
  return candidates.find(({ endpoint }) => endpoint === observed)?.kind ?? "peer-reflexive";
}
