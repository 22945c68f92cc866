import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import type { Device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { changeDevice } from "./change-device.ts";
import type { Changed } from "./changed.ts";
import { nameHolder } from "./name-holder.ts";

/** How long a revocation can be undone. Afterwards the machine enrolls anew, with new keys. */
export const RESTORE_MS = 3_600_000;

type Input = { readonly deviceId: DeviceId };

/** Undoes a revocation. The device comes back by itself: its agent has kept its keys and keeps asking. */
export function restoreDevice(db: Db, actor: Actor, { deviceId }: Input, now: Date): Result<Changed<Device>, Refusal> {
  const wanted = {
    deviceId,
    action: "device.restore",
    right: "manager",
    change: ({ revokedAt, name }: Device, tx: Tx) => {
      if (revokedAt === null) return err({ code: "device-not-revoked" } as const);
      if (now.getTime() - revokedAt.getTime() >= RESTORE_MS) return err({ code: "restore-too-late" } as const);
      return nameHolder(tx, actor.teamId, name) === undefined
        ? ok({ revokedAt: null })
        : err({ code: "device-name-taken" } as const);
    },
  } as const;
  return changeDevice(db, actor, wanted, now);
}
