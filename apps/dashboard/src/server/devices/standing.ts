/** Whether a device is part of its team's network. Pure. */
import type { Device } from "@pinhole/drizzle/schema";
import type { Standing } from "@pinhole/protocol/control";

/** `revoked` is not of this kind: such a device has no session that could be told. */
export function standingOf({
  awaitsApproval,
  keyExpiredAt,
}: Pick<Device, "awaitsApproval" | "keyExpiredAt">): Standing {
  if (awaitsApproval) return "awaiting-approval";
  return keyExpiredAt === null ? "admitted" : "key-expired";
}

/** Others see it, and it sees others, as far as the policy says. */
export function isAdmitted(row: Pick<Device, "awaitsApproval" | "keyExpiredAt" | "revokedAt">): boolean {
  return row.revokedAt === null && standingOf(row) === "admitted";
}

const DAY_MS = 86_400_000;

/** When a key that is made or renewed now stops being good. */
export function keyExpiry(lifetimeDays: number | null, now: Date): Date | null {
  return lifetimeDays === null ? null : new Date(now.getTime() + lifetimeDays * DAY_MS);
}
