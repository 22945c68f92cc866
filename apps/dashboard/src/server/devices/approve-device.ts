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

type Input = { readonly deviceId: DeviceId };

/** Lets a device in that has enrolled and waits. Of two people who do, the second changes nothing. */
export function approveDevice(db: Db, actor: Actor, { deviceId }: Input, now: Date): Result<Changed<Device>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Device>, Refusal> => {
      const target = findDevice(tx, actor.teamId, deviceId);
      if (target === undefined || target.revokedAt !== null) return err({ code: "device-not-found" });
      if (!target.awaitsApproval) return ok({ row: target, revision: null });

      const row = tx.update(device).set({ awaitsApproval: false }).where(eq(device.id, deviceId)).returning().get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "device.approve",
          object: { kind: "device", id: deviceId, name: row.name },
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId }) });
    },
    { behavior: "immediate" },
  );
}
