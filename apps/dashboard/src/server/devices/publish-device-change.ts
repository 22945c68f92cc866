import type { Device } from "@pinhole/drizzle/schema";
import type { Bus } from "../bus.ts";
import type { Changed } from "./changed.ts";

/** Tells agents and browsers, once the change is committed, that there is something to read. */
export function publishDeviceChange(bus: Bus, { row, revision }: Changed<Device>): void {
  if (revision === null) return;
  bus.publish({ teamId: row.teamId, kind: "revision", revision });
  bus.publish({ teamId: row.teamId, kind: "device", deviceId: row.id });
}
