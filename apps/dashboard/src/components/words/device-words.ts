import type { DeviceStatus } from "@/trpc/outputs.ts";
import type { State } from "../state-sign.tsx";

export const STATUS_WORDS: Record<DeviceStatus, string> = {
  online: "Online",
  offline: "Offline",
  "never-connected": "Not seen yet",
  revoked: "Revoked",
};

/** Online says that the control session is open, and nothing about who reaches the device. */
export const STATUS_SIGN: Record<DeviceStatus, State> = {
  online: "direct",
  offline: "offline",
  "never-connected": "unknown",
  revoked: "failed",
};
