/** Takes down where a device may be reached, and tells its peers when that is something new. */
import { type Device, device } from "@pinhole/drizzle/schema";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { contains, formatEndpoint, isAcceptableCandidate, parseEndpoint, parsePrefix } from "@pinhole/protocol";
import { type Candidate, type CandidatesReport, MAX_CANDIDATES, type NatProfile } from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";

export async function reportCandidates(hub: AgentHub, session: AgentSession, report: CandidatesReport): Promise<void> {
  const { deviceId, teamId } = session;
  session.roundTripMs = report.roundTripMs;
  const { team, devices } = hub.teams.snapshot(teamId);
  const held = devices.get(deviceId);
  if (held === undefined || held.revokedAt !== null) return;

  const { natProfile, probeEpoch } = report;
  const next = {
    candidates: acceptCandidates(report.candidates, [team.ipv4Range, team.ipv6Range]),
    natProfile,
    probeEpoch,
  };
  if (reachabilityKey(held) === reachabilityKey(next)) {
    // Measured again with the same result: for the page, not for the peers.
    hub.writer.put(`profile ${deviceId}`, {
      run: (tx) => void tx.update(device).set({ natProfile }).where(eq(device.id, deviceId)).run(),
    });
    return;
  }

  let revision = 0;
  await hub.promptWriter.commit((tx) => {
    tx.update(device).set(next).where(eq(device.id, deviceId)).run();
    revision = appendRevision(tx, { teamId, kind: "device", deviceId });
  });
  hub.bus.publish({ teamId, kind: "revision", revision });
  if (profileKey(held.natProfile) !== profileKey(natProfile)) hub.bus.publish({ teamId, kind: "nat", deviceId });
}

/**
 * What peers will send probes to because this device says so: nothing inside the overlay itself, nothing that no device
 * can be at, nothing twice.
 */
function acceptCandidates(candidates: readonly Candidate[], ranges: readonly string[]): Candidate[] {
  const overlay = ranges.flatMap((text) => {
    const prefix = parsePrefix(text);
    return prefix.ok ? [prefix.value] : [];
  });
  const accepted = new Map<string, Candidate>();
  for (const { kind, endpoint: text } of candidates) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok || !isAcceptableCandidate(endpoint.value)) continue;
    if (overlay.some((prefix) => contains(prefix, endpoint.value.address))) continue;
    const canonical = formatEndpoint(endpoint.value);
    if (!accepted.has(canonical)) accepted.set(canonical, { kind, endpoint: canonical });
  }
  return [...accepted.values()].slice(0, MAX_CANDIDATES);
}

function reachabilityKey({
  candidates,
  natProfile,
  probeEpoch,
}: Pick<Device, "candidates" | "natProfile" | "probeEpoch">): string {
  const sorted = candidates.map(({ kind, endpoint }) => `${kind} ${endpoint}`).toSorted();
  return JSON.stringify([sorted, profileKey(natProfile), probeEpoch]);
}

/** When it was measured is no news. */
function profileKey(profile: NatProfile | null): string {
  if (profile === null) return "";
  const { udp, mapping, filtering, portPreserving, publicEndpoints, confidence } = profile;
  return JSON.stringify([udp, mapping, filtering, portPreserving, publicEndpoints.toSorted(), confidence]);
}
