/** Where this device may be reached, by all who know of it. */
import { type Candidate, MAX_CANDIDATES } from "@pinhole/protocol/control";

/** The best informed first: where an endpoint is known to several, its kind is the first one's word. */
export function mergeCandidates(...sources: readonly (readonly Candidate[])[]): Candidate[] {
  const byEndpoint = new Map<string, Candidate>();
  for (const candidate of sources.flat()) {
    if (!byEndpoint.has(candidate.endpoint)) byEndpoint.set(candidate.endpoint, candidate);
  }
  return [...byEndpoint.values()].slice(0, MAX_CANDIDATES);
}
