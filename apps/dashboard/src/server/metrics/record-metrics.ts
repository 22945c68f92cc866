import { metricSample } from "@pinhole/drizzle/schema";
import type { MetricsReport } from "@pinhole/protocol/control";
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";

/** Takes one report down; what it says of devices that are not of the team is left out. */
export function recordMetrics(
  hub: AgentHub,
  { deviceId, teamId }: AgentSession,
  report: MetricsReport,
  now: Date,
): void {
  const { devices } = hub.teams.snapshot(teamId);
  // A peer once: what one report can have kept is bounded by the team.
  const byPeer = new Map(report.peers.map((peer) => [peer.peerId, peer]));
  const peers = [...byPeer.values()].filter(({ peerId }) => devices.has(peerId));
  const sum = (pick: (peer: (typeof peers)[number]) => number) =>
    Math.min(
      Number.MAX_SAFE_INTEGER,
      peers.reduce((total, peer) => total + pick(peer), 0),
    );
  const { intervalMs, memoryBytes, cpuPercent } = report;
  const sample = {
    deviceId,
    at: now,
    intervalMs,
    rxBytes: sum(({ rxBytes }) => rxBytes),
    txBytes: sum(({ txBytes }) => txBytes),
    memoryBytes,
    cpuPercent,
    peers,
  };
  hub.writer.put(`metrics ${deviceId} ${now.getTime()}`, {
    run: (tx) => void tx.insert(metricSample).values(sample).onConflictDoNothing().run(),
    after: () => hub.bus.publish({ teamId, kind: "metrics", deviceId }),
  });
}
