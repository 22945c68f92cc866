import type { State } from "../state-sign.tsx";

export type DeviceStatus = "online" | "offline" | "never-seen" | "revoked";

type Facts = { readonly online: boolean; readonly lastSeenAt: Date | null; readonly revokedAt: Date | null };

/** Online says that the control session is open, and nothing about who reaches the device. */
export function deviceStatus({ online, lastSeenAt, revokedAt }: Facts): DeviceStatus {
  if (revokedAt !== null) return "revoked";
  if (online) return "online";
  return lastSeenAt === null ? "never-seen" : "offline";
}

export const STATUS_WORDS: Record<DeviceStatus, string> = {
  online: "Online",
  offline: "Offline",
  "never-seen": "Never connected",
  revoked: "Revoked",
};

export const STATUS_SIGN: Record<DeviceStatus, State> = {
  online: "direct",
  offline: "offline",
  "never-seen": "unknown",
  revoked: "failed",
};
