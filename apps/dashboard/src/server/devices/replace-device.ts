import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";
import { findDevice } from "./find-device.ts";
import { refuseChange } from "./refuse-change.ts";

/** `deviceId` takes over what `replacedId` was. */
type Input = { readonly deviceId: DeviceId; readonly replacedId: DeviceId };

export type Replaced = { readonly row: Device; readonly replaced: Device; readonly revision: number };

/**
 * For a machine that was installed anew: its new device gets the name and the tags of the old one, which is revoked. The old one
 * has to be offline, or two machines would fight over who is the real one. Addresses stay as they are.
 */
export function replaceDevice(
  { db, hub }: { readonly db: Db; readonly hub: HubPort },
  actor: Actor,
  { deviceId, replacedId }: Input,
  now: Date,
): Result<Replaced, Refusal> {
  return db.transaction(
    (tx): Result<Replaced, Refusal> => {
      const [target, old] = [deviceId, replacedId].map((id) => findDevice(tx, actor.teamId, id));
      if (target === undefined || target.revokedAt !== null) return err({ code: "device-not-found" });
      if (old === undefined || old.revokedAt !== null || old.id === target.id) return err({ code: "device-not-found" });
      for (const each of [target, old]) {
        const refusal = refuseChange(tx, actor, each, "manager-or-owner");
        if (refusal !== undefined) return err(refusal);
      }
      if (hub.isOnline(old.id)) return err({ code: "device-online" });

      // First the old one: a name is taken as long as its device is not revoked.
      const replaced = tx.update(device).set({ revokedAt: now }).where(eq(device.id, old.id)).returning().get();
      const row = tx
        .update(device)
        .set({ name: old.name, tags: old.tags })
        .where(eq(device.id, target.id))
        .returning()
        .get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action: "device.replace",
          object: { kind: "device", id: row.id, name: row.name },
          before: { name: target.name, tags: target.tags, replaced: null },
          after: { name: row.name, tags: row.tags, replaced: old.id },
        },
        now,
      );
      appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId: old.id });
      const revision = appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId: row.id });
      return ok({ row, replaced, revision });
    },
    { behavior: "immediate" },
  );
}
