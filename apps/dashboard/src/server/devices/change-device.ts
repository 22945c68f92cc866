/** What every change of one device by a person has in common: found in their team, written down, and told to the others. */
import type { Db } from "@pinhole/drizzle";
import { appendRevision, type Tx } from "@pinhole/drizzle/append-revision";
import { type Device, device, type NewDevice } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { type AuditEntry, recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";
import type { Changed } from "./changed.ts";
import { findDevice } from "./find-device.ts";
import { type ChangeRight, refuseChange } from "./refuse-change.ts";

type Wanted = {
  readonly deviceId: DeviceId;
  readonly action: AuditEntry["action"];
  readonly right: ChangeRight;
  /** What to write into the row as it stands; null when there is nothing to do. */
  readonly change: (row: Device, tx: Tx) => Result<Partial<NewDevice> | null, Refusal>;
  /** What the activity log shows of the row, before and after; left out, it shows that it happened. */
  readonly shown?: (row: Device) => Record<string, unknown>;
};

/** Read and written under one lock: of two people who do the same at once, the second finds it done. */
export function changeDevice(
  db: Db,
  actor: Actor,
  { deviceId, action, right, change, shown }: Wanted,
  now: Date,
): Result<Changed<Device>, Refusal> {
  return db.transaction(
    (tx): Result<Changed<Device>, Refusal> => {
      const held = findDevice(tx, actor.teamId, deviceId);
      if (held === undefined) return err({ code: "device-not-found" });
      const refusal = refuseChange(tx, actor, held, right);
      if (refusal !== undefined) return err(refusal);
      const changed = change(held, tx);
      if (!changed.ok) return changed;
      if (changed.value === null) return ok({ row: held, revision: null });

      const row = tx.update(device).set(changed.value).where(eq(device.id, deviceId)).returning().get();
      recordEvent(
        tx,
        {
          teamId: actor.teamId,
          author: actor,
          action,
          object: { kind: "device", id: deviceId, name: row.name },
          ...(shown === undefined ? {} : { before: shown(held), after: shown(row) }),
        },
        now,
      );
      return ok({ row, revision: appendRevision(tx, { teamId: actor.teamId, kind: "device", deviceId }) });
    },
    { behavior: "immediate" },
  );
}
