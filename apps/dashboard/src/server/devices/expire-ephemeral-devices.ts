/** Revokes ephemeral devices that have been offline for a while: build machines and containers that will not come back. */
import { device } from "@pinhole/drizzle/schema";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { retireDevice } from "./retire-device.ts";

export const EPHEMERAL_GRACE_MS = 600_000;

export function expireEphemeralDevices(hub: AgentHub): void {
  const now = hub.now();
  const before = new Date(now.getTime() - EPHEMERAL_GRACE_MS);
  // While the server itself was away, everybody was: they get as long to come back.
  if (hub.startedAt > before) return;
  const { ephemeral, revokedAt, lastSeenAt, createdAt } = device;
  const isLongGone = or(lt(lastSeenAt, before), and(isNull(lastSeenAt), lt(createdAt, before)));
  const gone = hub.db
    .select()
    .from(device)
    .where(and(eq(ephemeral, true), isNull(revokedAt), isLongGone))
    .all();
  for (const row of gone) if (!hub.isOnline(row.id)) retireDevice(hub, row, "device.expire", now);
}
