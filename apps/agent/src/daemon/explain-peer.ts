/**
 * Why a peer is reached as it is. The dashboard has both sides' records; without it, this side's own have to do, and what
 * they cannot show is called likely at most.
 */
import type { PathSnapshot } from "@pinhole/path-engine";
import type { Candidate, NatProfile, Netmap, NetmapPeer } from "@pinhole/protocol/control";
import { type Explanation, explainPair } from "@pinhole/protocol/explain";
import type { AttemptLog } from "./attempt-log.ts";
import type { Why } from "./local-messages.ts";
import { relayName } from "./relay-name.ts";

type Input = {
  readonly peer: NetmapPeer;
  readonly snapshot: Pick<PathSnapshot, "path" | "reason">;
  readonly netmap: Netmap | undefined;
  readonly self: { readonly candidates: readonly Candidate[]; readonly natProfile: NatProfile | null };
  readonly isOnline: boolean;
  readonly isRelayUp: boolean;
  readonly attempts: AttemptLog;
  /** From both sides' records; undefined where the dashboard did not answer. */
  readonly merged: Explanation | undefined;
};

export function explainPeer(input: Input): Why {
  const { peer, snapshot, merged } = input;
  const { since, kind, type, endpoint, relay, rttMs } = snapshot.path;
  return {
    peer: { id: peer.id, name: peer.name, online: peer.online },
    path: {
      kind,
      ...(type === undefined ? {} : { type }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...relayName(input.netmap, relay),
      ...(rttMs === undefined ? {} : { rttMs }),
      since: new Date(since).toISOString(),
    },
    records: merged === undefined ? "own" : "both",
    ...(merged ?? explainAlone(input)),
  };
}

function explainAlone({ peer, snapshot, self, isOnline, isRelayUp, attempts }: Input): Explanation {
  return explainPair(
    {
      a: {
        ...self,
        trace: attempts.last(peer.id),
        // Seen on a path after its attempt was over: no trace has it.
        ...(snapshot.reason?.code === "mtu_blackhole" ? { tunnel: "large-packets-lost" } : {}),
      },
      // Without a session, what was last said of the peer is old.
      b: { ...peer, trace: null, isOnline: isOnline ? peer.online : undefined },
      // A pair that no relay carries does not wait for one.
      isRelayUp: isRelayUp || peer.transport === "direct-only",
      isRelayOnly: peer.transport === "relay-only",
    },
    attempts.of(peer.id),
  );
}
