import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { and, eq, isNull } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import type { Changed } from "./changed.ts";
import { findDevice } from "./find-device.ts";

/** How long a revocation can be undone. Afterwards the machine enrolls anew, with new keys. */
export const RESTORE_MS = 3_600_000;

type Input = { readonly deviceId: DeviceId };

/** Undoes a revocation. The device comes back by itself: its agent has kept its keys and keeps asking. */
export function restoreDevice(db: Db, actor: Actor, { deviceId }: Input, now: Date): Result<Changed<Device>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Device>, Refusal> => {
      const target = findDevice(tx, actor.teamId, deviceId);
      if (target === undefined) return err({ code: "device-not-found" });
      if (target.revokedAt === null) return err({ code: "device-not-revoked" });
      if (now.getTime() - target.revokedAt.getTime() >= RESTORE_MS) return err({ code: "restore-too-late" });
      const holder = tx
        .select({ id: device.id })
        .from(device)
        .where(and(eq(device.teamId, actor.teamId), eq(device.name, target.name), isNull(device.revokedAt)))
        .get();
      if (holder !== undefined) return err({ code: "device-name-taken" });

      const row = tx.update(device).set({ revokedAt: null }).where(eq(device.id, deviceId)).returning().get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "device.restore",
          object: { kind: "device", id: deviceId, name: row.name },
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId }) });
    },
    { behavior: "immediate" },
  );
}
