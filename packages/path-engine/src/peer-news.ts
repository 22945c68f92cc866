/** Whether what is told of a device differs in a way that can make a path possible or impossible. */
import type { Candidate, NatProfile } from "@pinhole/protocol/control";

export type Reachability = {
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  readonly probeEpoch?: Uint8Array | null;
};

export function isSameReachability(a: Reachability, b: Reachability): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint({ candidates, natProfile, probeEpoch }: Reachability): string {
  // A repeated measurement with the same result is no news: neither its time nor its confidence counts.
  const nat = natProfile && [
    natProfile.udp,
    natProfile.mapping,
    natProfile.filtering,
    ...natProfile.publicEndpoints.toSorted(),
  ];
  const endpoints = candidates.map(({ kind, endpoint }) => `${kind} ${endpoint}`).toSorted();
  return JSON.stringify([endpoints, nat, probeEpoch ? [...probeEpoch] : null]);
}
