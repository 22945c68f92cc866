import type { Db } from "@pinhole/drizzle";
import type { Device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { changeDevice } from "./change-device.ts";
import type { Changed } from "./changed.ts";
import { keyExpiry } from "./standing.ts";

/** Days from now; null for a key that does not expire. */
type Input = { readonly deviceId: DeviceId; readonly days: number | null };

/** Renews a device's key, whether or not it has expired, or exempts it. The machine itself has to do nothing. */
export function setKeyExpiry(
  db: Db,
  actor: Actor,
  { deviceId, days }: Input,
  now: Date,
): Result<Changed<Device>, Refusal> {
  const wanted = {
    deviceId,
    action: "device.renew",
    right: "manager",
    change: ({ revokedAt }: Device) => {
      if (revokedAt !== null) return err({ code: "device-not-found" } as const);
      return ok({ keyExpiresAt: keyExpiry(days, now), keyExpiredAt: null });
    },
    shown: ({ keyExpiresAt }: Device) => ({ keyExpiresAt: keyExpiresAt?.toISOString() ?? null }),
  } as const;
  return changeDevice(db, actor, wanted, now);
}
