/** Cuts devices off whose key's time is over. They stay in the list, and are back as soon as a person renews them. */
import type { Db } from "@pinhole/drizzle";
import { device } from "@pinhole/drizzle/schema";
import { and, isNull, lte } from "drizzle-orm";
import type { AgentHub } from "../coordination/agent-hub.ts";
import { retireDevice } from "./retire-device.ts";

export function expireKeys(hub: AgentHub): void {
  const now = hub.now();
  for (const row of expiredKeys(hub.db, now).all()) retireDevice(hub, row, "device.expire-key", now);
}

/** Asked each second, so it must find them by `device_key_expires_idx`. */
export function expiredKeys(db: Db, now: Date) {
  const { revokedAt, keyExpiredAt, keyExpiresAt } = device;
  return db
    .select()
    .from(device)
    .where(and(isNull(revokedAt), isNull(keyExpiredAt), lte(keyExpiresAt, now)));
}
