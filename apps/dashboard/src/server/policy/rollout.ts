/**
 * How far the policy in force has come: which devices run the filter that it gives them, by their own word. Pure.
 *
 * Compared is the filter, not a number: a version that changes nothing for a device is in force there at once, and an
 * agent that has another filter is behind, whatever it was sent.
 */
import type { DeviceId } from "@pinhole/protocol";

/** What an agent last said. */
export type Acknowledged = {
  readonly hash: string;
  /** The newest version that gave it that filter; null: none that was in force while it said so. */
  readonly version: number | null;
  readonly at: Date;
};

export type DeviceRollout = {
  readonly deviceId: DeviceId;
  /** `silent`: online, and has not said what it runs: an agent from before it could, or one that has just come. */
  readonly state: "current" | "behind" | "silent";
  /** Which version's filter it runs; null where that is not known. */
  readonly version: number | null;
  readonly at: Date | null;
};

export type Rollout = { readonly version: number; readonly devices: readonly DeviceRollout[] };

export function deviceRollout(
  deviceId: DeviceId,
  acknowledged: Acknowledged | null,
  wanted: { readonly version: number; readonly hash: string },
): DeviceRollout {
  if (acknowledged === null) return { deviceId, state: "silent", version: null, at: null };
  const isCurrent = acknowledged.hash === wanted.hash;
  return {
    deviceId,
    state: isCurrent ? "current" : "behind",
    version: isCurrent ? wanted.version : acknowledged.version,
    at: acknowledged.at,
  };
}
