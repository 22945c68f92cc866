/** What keeps a device out of its team's network, or soon will. */
import type { DeviceSummary } from "@/trpc/outputs.ts";

type Device = Pick<DeviceSummary, "standing" | "keyExpiresAt" | "status">;

const DAY_MS = 86_400_000;

/** From here on an expiry is worth saying, with the days that are left. */
const WARN_DAYS = 14;

/** Undefined for one of which there is nothing to say. `now`: milliseconds since the epoch. */
export function standingTag({ standing, keyExpiresAt, status }: Device, now: number): string | undefined {
  if (status === "revoked") return undefined;
  if (standing === "awaiting-approval") return "Waits for approval";
  if (standing === "key-expired") return "Key expired";
  const days = keyExpiresAt === null ? undefined : daysUntil(keyExpiresAt, now);
  return days === undefined || days > WARN_DAYS ? undefined : `Key expires ${inDays(days)}`;
}

const daysUntil = (at: Date, now: number): number => Math.max(0, Math.ceil((at.getTime() - now) / DAY_MS));

const inDays = (days: number): string => (days <= 1 ? "within a day" : `in ${days} days`);
