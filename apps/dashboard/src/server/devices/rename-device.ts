import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { and, eq, isNull, ne } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import { findDevice } from "./find-device.ts";
import type { Changed } from "./changed.ts";

type Input = { readonly deviceId: DeviceId; readonly name: string };

/** Gives a device another name, under which its peers find it from their next netmap on. */
export function renameDevice(
  db: Db,
  actor: Actor,
  { deviceId, name }: Input,
  now: Date,
): Result<Changed<Device>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Device>, Refusal> => {
      const target = findDevice(tx, actor.teamId, deviceId);
      if (target === undefined || target.revokedAt !== null) return err({ code: "device-not-found" });
      if (target.name === name) return ok({ row: target, revision: null });
      const holder = tx
        .select({ id: device.id })
        .from(device)
        .where(
          and(
            eq(device.teamId, actor.teamId),
            eq(device.name, name),
            isNull(device.revokedAt),
            ne(device.id, deviceId),
          ),
        )
        .get();
      if (holder !== undefined) return err({ code: "device-name-taken" });

      const row = tx.update(device).set({ name }).where(eq(device.id, deviceId)).returning().get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "device.rename",
          object: { kind: "device", id: deviceId, name },
          before: { name: target.name },
          after: { name },
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId }) });
    },
    { behavior: "immediate" },
  );
}
