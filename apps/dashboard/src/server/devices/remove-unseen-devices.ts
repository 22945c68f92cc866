/** Revokes devices that have not been seen for as many days as their team allows: laptops that were given away, forgotten tests. */
import { device, team } from "@pinhole/drizzle/schema";
import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { retireDevice } from "./retire-device.ts";

const DAY_MS = 86_400_000;
/** While the server itself was away, nobody could be seen: they get as long to come back. */
const GRACE_MS = 3_600_000;

export function removeUnseenDevices(hub: AgentHub): void {
  const now = hub.now();
  if (now.getTime() - hub.startedAt.getTime() < GRACE_MS) return;
  const rows = hub.db
    .select({ row: device, days: team.removeUnseenDays })
    .from(device)
    .innerJoin(team, eq(team.id, device.teamId))
    .where(and(isNull(device.revokedAt), isNotNull(team.removeUnseenDays)))
    .all();
  for (const { row, days } of rows) {
    if (days === null || hub.isOnline(row.id)) continue;
    const seenAt = row.lastSeenAt ?? row.createdAt;
    if (now.getTime() - seenAt.getTime() >= days * DAY_MS) retireDevice(hub, row, "device.remove-unseen", now);
  }
}
