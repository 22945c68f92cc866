import type { Db } from "@pinhole/drizzle";
import type { Device } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { changeDevice } from "./change-device.ts";
import type { Changed } from "./changed.ts";

type Input = { readonly deviceId: DeviceId };

/** Lets a device in that has enrolled and waits. */
export function approveDevice(db: Db, actor: Actor, { deviceId }: Input, now: Date): Result<Changed<Device>, Refusal> {
  const wanted = {
    deviceId,
    action: "device.approve",
    right: "manager",
    change: ({ revokedAt, awaitsApproval }: Device) => {
      if (revokedAt !== null) return err({ code: "device-not-found" } as const);
      return ok(awaitsApproval ? { awaitsApproval: false } : null);
    },
  } as const;
  return changeDevice(db, actor, wanted, now);
}
