/** For a device that asks why a peer is reached as it is. Peers that it may not see do not exist here. */
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { type Explanation, explainPair } from "@pinhole/protocol/explain";
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";
import { listAttempts, tracesOf } from "./attempts.ts";
import { newPair } from "./pair.ts";

export function explainConnection(
  hub: AgentHub,
  { deviceId, teamId }: Pick<AgentSession, "deviceId" | "teamId">,
  peerId: DeviceId,
): Result<Explanation, "peer-not-found"> {
  const { devices, policy, team } = hub.teams.snapshot(teamId);
  const [own, peer] = [devices.get(deviceId), devices.get(peerId)];
  if (own === undefined || peer === undefined || own.id === peer.id || !policy.mayTalk(own.id, peer.id))
    return err("peer-not-found");
  const isRelayOnly = policy.transport(own.id, peer.id) === "relay-only";
  const rows = listAttempts(hub.db, teamId, newPair(own.id, peer.id));
  // The newest of which something is known: one that runs says nothing yet.
  const newest = isRelayOnly ? undefined : rows.find(({ outcome }) => outcome !== null);
  const traces = newest === undefined ? { a: null, b: null } : tracesOf(newest, own.id);
  const explanation = explainPair(
    {
      a: { candidates: own.candidates, natProfile: own.natProfile, trace: traces.a },
      b: {
        // Of a pair that is kept on the relay, neither may learn where the other is.
        candidates: isRelayOnly ? [] : peer.candidates,
        natProfile: isRelayOnly ? null : peer.natProfile,
        trace: traces.b,
        isOnline: hub.isOnline(peer.id),
      },
      isRelayOnly,
      strategy: newest?.strategy,
      maySpray: team.maySpray,
    },
    rows.map(({ startAt, outcome, rttMs, trigger }) => ({ at: startAt.getTime(), outcome, rttMs, trigger })),
  );
  return ok(explanation);
}
