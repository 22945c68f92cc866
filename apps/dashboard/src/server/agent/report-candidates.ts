/** Takes down where a device may be reached, and tells its peers when that is something new. */
import { type Device, device } from "@pinhole/drizzle/schema";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import {
  contains,
  deviceIdSchema,
  type Endpoint,
  formatEndpoint,
  fromBase64Url,
  isAcceptableCandidate,
  parseEndpoint,
  parsePrefix,
} from "@pinhole/protocol";
import {
  type Candidate,
  type CandidatesReport,
  MAX_CANDIDATES,
  type NatProfile,
  type SignedEndpoint,
  type RelayDistance,
} from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";

export async function reportCandidates(hub: AgentHub, session: AgentSession, report: CandidatesReport): Promise<void> {
  const { deviceId, teamId } = session;
  session.roundTripMs = report.roundTripMs;
  const { team, devices, policy } = hub.teams.snapshot(teamId);
  const held = devices.get(deviceId);
  if (held === undefined || held.revokedAt !== null) return;
  const overlay = [team.ipv4Range, team.ipv6Range];
  for (const { endpoint, proof } of report.proofs ?? []) takeProof(hub, session, { endpoint, proof, overlay });

  const { natProfile, probeEpoch } = report;
  const names = new Set(hub.services.relays.map(({ name }) => name));
  // The policy decides who relays at all; whether that one does just now, packets will tell.
  const isRelay = (relay: string): boolean => {
    const id = deviceIdSchema.safeParse(relay);
    return id.success ? devices.has(id.data) && policy.mayRelay(id.data, deviceId) : names.has(relay);
  };
  const next = {
    candidates: acceptCandidates(report.candidates, overlay),
    natProfile,
    probeEpoch,
    relays: report.relays === undefined ? null : acceptRelays(report.relays, isRelay),
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
  hub.desk.onReported(deviceId);
  if (profileKey(held.natProfile) !== profileKey(natProfile)) hub.bus.publish({ teamId, kind: "nat", deviceId });
}

/** A proof that does not hold is no news: it may be older than the device's sleep. */
function takeProof(
  hub: AgentHub,
  session: AgentSession,
  { endpoint: text, proof, overlay }: SignedEndpoint & { readonly overlay: readonly string[] },
): void {
  const endpoint = parseEndpoint(text);
  const bytes = fromBase64Url(proof);
  if (!endpoint.ok || bytes === undefined || !isNameable(endpoint.value, overlay)) return;
  if (hub.endpointProof.isProof(endpoint.value, bytes)) session.proven.add(endpoint.value.address, hub.now());
}

/**
 * What peers will send probes to because this device says so: nothing inside the overlay itself, nothing that no device
 * can be at, nothing twice.
 */
function acceptCandidates(candidates: readonly Candidate[], overlay: readonly string[]): Candidate[] {
  const accepted = new Map<string, Candidate>();
  for (const { kind, endpoint: text } of candidates) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok || !isNameable(endpoint.value, overlay)) continue;
    const canonical = formatEndpoint(endpoint.value);
    if (!accepted.has(canonical)) accepted.set(canonical, { kind, endpoint: canonical });
  }
  return [...accepted.values()].slice(0, MAX_CANDIDATES);
}

function isNameable(endpoint: Endpoint, overlay: readonly string[]): boolean {
  if (!isAcceptableCandidate(endpoint)) return false;
  return !overlay.some((text) => {
    const prefix = parsePrefix(text);
    return prefix.ok && contains(prefix.value, endpoint.address);
  });
}

/** Each once. */
function acceptRelays(distances: readonly RelayDistance[], isRelay: (relay: string) => boolean): RelayDistance[] {
  const seen = new Set<string>();
  return distances.filter(({ relay }) => isRelay(relay) && !seen.has(relay) && seen.add(relay));
}

function reachabilityKey({
  candidates,
  natProfile,
  probeEpoch,
  relays,
}: Pick<Device, "candidates" | "natProfile" | "probeEpoch" | "relays">): string {
  const sorted = candidates.map(({ kind, endpoint }) => `${kind} ${endpoint}`).toSorted();
  return JSON.stringify([sorted, profileKey(natProfile), probeEpoch, relays]);
}

/** When it was measured is no news, and no more is the order of anything. */
function profileKey(profile: NatProfile | null): string {
  if (profile === null) return "";
  // How busy others are differs each time.
  const { measuredAt: _, arrivalsPerSecond: __, publicEndpoints, ...what } = profile;
  const fields = Object.entries(what).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([publicEndpoints.toSorted(), fields]);
}
