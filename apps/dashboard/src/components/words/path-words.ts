/** How traffic goes between two devices, in the words that every page uses. */
import type { CandidateKind, PathState, PathType } from "@pinhole/protocol/control";
import type { State } from "../state-sign.tsx";

const TYPE_WORDS: Record<PathType, string> = {
  lan: "Direct, LAN",
  ipv6: "Direct, IPv6",
  punched: "Direct, punched",
  mapped: "Direct, port mapped",
};

export const CANDIDATE_WORDS: Record<CandidateKind, string> = {
  host: "Host",
  "server-reflexive": "Server-reflexive",
  "peer-reflexive": "Peer-reflexive",
  mapped: "Port mapped",
};

export function pathState(path: PathState | null): State {
  if (path === null) return "unknown";
  switch (path.kind) {
    case "direct":
      return "direct";
    case "relay":
      return "relayed";
    case "none":
      return "offline";
    default:
      return path.kind satisfies never;
  }
}

export function pathWords(path: (PathState & { readonly viaDevice?: string }) | null): string {
  if (path === null) return "Not reported";
  switch (path.kind) {
    case "direct":
      return path.type === undefined ? "Direct" : TYPE_WORDS[path.type];
    case "relay":
      if (path.relay === undefined || path.relay === "") return "Relayed";
      return `Relayed, ${path.viaDevice === undefined ? "" : "device "}${path.relay}`;
    case "none":
      return "No path";
    default:
      return path.kind satisfies never;
  }
}

/** "Server-reflexive ⇄ host", "Both host". */
export function candidateWords(one: CandidateKind, other: CandidateKind): string {
  const end = CANDIDATE_WORDS[other].toLowerCase();
  return one === other ? `Both ${end}` : `${CANDIDATE_WORDS[one]} ⇄ ${end}`;
}

/** By which kinds of candidates the two ends talk, the reporting device's first. */
export function candidatePairWords(path: PathState | null): string | undefined {
  if (path === null || path.kind !== "direct") return undefined;
  const { localCandidate, remoteCandidate } = path;
  if (localCandidate === undefined || remoteCandidate === undefined) return undefined;
  return candidateWords(localCandidate, remoteCandidate);
}
