import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import type { Device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { changeDevice } from "./change-device.ts";
import type { Changed } from "./changed.ts";
import { nameHolder } from "./name-holder.ts";

type Input = { readonly deviceId: DeviceId; readonly name: string };

/** Gives a device another name, under which its peers find it from their next netmap on. */
export function renameDevice(
  db: Db,
  actor: Actor,
  { deviceId, name }: Input,
  now: Date,
): Result<Changed<Device>, Refusal> {
  const wanted = {
    deviceId,
    action: "device.rename",
    right: "manager-or-owner",
    change: (held: Device, tx: Tx) => {
      if (held.revokedAt !== null) return err({ code: "device-not-found" } as const);
      if (held.name === name) return ok(null);
      return nameHolder(tx, actor.teamId, name) === undefined
        ? ok({ name })
        : err({ code: "device-name-taken" } as const);
    },
    shown: (row: Device) => ({ name: row.name }),
  } as const;
  return changeDevice(db, actor, wanted, now);
}
