import { pairPath } from "@pinhole/drizzle/schema";
import { and, eq } from "drizzle-orm";
import type { PathReport } from "@pinhole/protocol/control";
import type { AgentHub } from "../coordination/agent-hub.ts";
import type { AgentSession } from "../coordination/agent-session.ts";
import { enqueueEvent } from "../webhooks/enqueue-event.ts";

/** Which way a device's traffic goes, as it says itself. Peers that are not of its team are left out. */
export function recordPaths(
  hub: AgentHub,
  { deviceId, teamId }: AgentSession,
  reports: readonly PathReport[],
  now: Date,
): void {
  const { devices } = hub.teams.snapshot(teamId);
  for (const { peerId, path, reason = null } of reports) {
    if (peerId === deviceId || !devices.has(peerId)) continue;
    const state = { path, reason, updatedAt: now };
    hub.writer.put(`path ${deviceId} ${peerId}`, {
      run: (tx) => {
        const isPair = and(eq(pairPath.deviceId, deviceId), eq(pairPath.peerId, peerId));
        const before = tx.select({ path: pairPath.path }).from(pairPath).where(isPair).get()?.path ?? null;
        tx.insert(pairPath)
          .values({ teamId, deviceId, peerId, ...state })
          .onConflictDoUpdate({ target: [pairPath.deviceId, pairPath.peerId], set: state })
          .run();
        // A round trip that is a little longer is nobody's business; another kind of path is.
        if (before?.kind !== path.kind)
          enqueueEvent(tx, { teamId, event: "path.change", data: { deviceId, peerId, before, path, reason } }, now);
      },
      after: () => hub.bus.publish({ teamId, kind: "path", deviceId, peerId }),
    });
  }
}
