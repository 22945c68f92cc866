import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import type { Changed } from "./changed.ts";
import { findDevice } from "./find-device.ts";
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
  return db.transaction(
    (tx): Result<Changed<Device>, Refusal> => {
      const target = findDevice(tx, actor.teamId, deviceId);
      if (target === undefined || target.revokedAt !== null) return err({ code: "device-not-found" });

      const row = tx
        .update(device)
        .set({ keyExpiresAt: keyExpiry(days, now), keyExpiredAt: null })
        .where(eq(device.id, deviceId))
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "device.renew",
          object: { kind: "device", id: deviceId, name: row.name },
          before: { keyExpiresAt: target.keyExpiresAt?.toISOString() ?? null },
          after: { keyExpiresAt: row.keyExpiresAt?.toISOString() ?? null },
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId }) });
    },
    { behavior: "immediate" },
  );
}
