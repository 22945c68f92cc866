import type { DeviceSummary } from "@/trpc/outputs.ts";
import { useMay } from "./team-context.tsx";

/** `manage`: everything. `own`: what a device's owner may do without whoever manages devices. */
export type DeviceRight = "manage" | "own" | "none";

/** What the one who looks may do with each device. The server decides; this only keeps buttons away that it would refuse. */
export function useDeviceRight(): (device: Pick<DeviceSummary, "isOwn">) => DeviceRight {
  const mayManage = useMay("devices.manage");
  const mayOwn = useMay("devices.own");
  return ({ isOwn }) => (mayManage ? "manage" : mayOwn && isOwn ? "own" : "none");
}
