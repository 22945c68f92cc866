import type { Tx } from "@pinhole/drizzle/append-revision";
import type { Device } from "@pinhole/drizzle/schema";
import type { Actor } from "../actor.ts";
import type { Refusal } from "../refusal.ts";
import { isOwnDevice } from "./own-devices.ts";

/** What a change of a device asks for: `manager`, or that it is one's own. */
export type ChangeRight = "manager" | "manager-or-owner";

/** Why somebody may not change a device of their team; undefined when they may. Whoever does not see all of them is not told that it exists. */
export function refuseChange(
  tx: Pick<Tx, "select">,
  { id, capabilities }: Actor,
  device: Device,
  right: ChangeRight,
): Refusal | undefined {
  if (capabilities.includes("devices.manage")) return undefined;
  const isOwn = capabilities.includes("devices.own") && isOwnDevice(tx, device, id);
  if (isOwn && right === "manager-or-owner") return undefined;
  return { code: isOwn || capabilities.includes("devices.view") ? "role-insufficient" : "device-not-found" };
}
