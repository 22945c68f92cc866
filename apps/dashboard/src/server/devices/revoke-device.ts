import type { Db } from "@pinhole/drizzle";
import type { Device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { changeDevice } from "./change-device.ts";
import type { Changed } from "./changed.ts";

type Input = { readonly deviceId: DeviceId };

/** Cuts a device off. The caller then ends its session; its peers drop it at the revision's netmap. */
export function revokeDevice(db: Db, actor: Actor, { deviceId }: Input, now: Date): Result<Changed<Device>, Refusal> {
  const wanted = {
    deviceId,
    action: "device.revoke",
    right: "manager-or-owner",
    change: ({ revokedAt }: Device) =>
      revokedAt === null ? ok({ revokedAt: now }) : err({ code: "device-already-revoked" } as const),
  } as const;
  return changeDevice(db, actor, wanted, now);
}
