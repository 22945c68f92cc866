/** Cuts devices off whose key's time is over. They stay in the list, and are back as soon as a person renews them. */
import { device } from "@pinhole/drizzle/schema";
import { and, isNull, lte } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { retireDevice } from "./retire-device.ts";

export function expireKeys(hub: AgentHub): void {
  const now = hub.now();
  const expired = hub.db
    .select()
    .from(device)
    .where(and(isNull(device.revokedAt), isNull(device.keyExpiredAt), lte(device.keyExpiresAt, now)))
    .all();
  for (const row of expired) retireDevice(hub, row, "device.expire-key", now);
}
