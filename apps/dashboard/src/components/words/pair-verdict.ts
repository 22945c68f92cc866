/** One sentence about a pair: what its traffic does, and why if that is not direct. */
import type { PathState, Reason } from "@pinhole/protocol/control";
import { formatRtt } from "../quantity.ts";
import { reasonWords } from "./reason-words.ts";

export type Side = {
  readonly name: string;
  readonly online: boolean;
  readonly path: PathState | null;
  readonly reason: Reason | null;
};

export function pairVerdict(a: Side, b: Side): string {
  const [self, peer] = speaker(a, b);
  const { path } = self;
  if (!a.online || !b.online) {
    const away = [a, b].filter((side) => !side.online).map((side) => side.name);
    return away.length === 2 ? `${a.name} and ${b.name} are both offline.` : `${away[0] ?? ""} is offline.`;
  }
  if (path === null) return `${a.name} and ${b.name} have not reported how they reach each other.`;
  if (path.kind === "direct") return `${self.name} reaches ${peer.name} directly${rtt(path)}.`;

  const why = self.reason === null ? undefined : reasonWords(self.reason, { self: self.name, peer: peer.name });
  const tail = why === undefined ? "." : `: ${why}.`;
  if (path.kind === "none") return `${self.name} does not reach ${peer.name}${tail}`;
  return `${self.name} reaches ${peer.name} through relay${relayName(path)}${rtt(path)}${tail}`;
}

const RANK = { direct: 2, relay: 1, none: 0 } as const;

/** The side with the weaker path speaks, so that a pair that is direct one way only does not pass for direct. */
function speaker(a: Side, b: Side): readonly [Side, Side] {
  if (a.path === null) return [b, a];
  if (b.path === null) return [a, b];
  return RANK[b.path.kind] < RANK[a.path.kind] ? [b, a] : [a, b];
}

function rtt(path: PathState): string {
  return path.rttMs === undefined ? "" : `, ${formatRtt(path.rttMs)}`;
}

function relayName(path: PathState): string {
  return path.relay === undefined || path.relay === "" ? "" : ` ${path.relay}`;
}
