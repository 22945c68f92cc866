import type { Db } from "@pinhole/drizzle";
import type { TeamId } from "@pinhole/protocol";
import type { HubPort } from "../hub-port.ts";
import { policyDevices } from "./policy-devices.ts";
import { latestPolicy } from "./policy-versions.ts";
import type { DeviceRollout, Rollout } from "./rollout.ts";
import { unlessUnreadable } from "./unreadable-policy.ts";

export type NamedRollout = {
  readonly version: number;
  /** Online, with their names; those that are behind first. */
  readonly devices: readonly (DeviceRollout & { readonly name: string })[];
  /** They take the policy when they come back, before anything else. */
  readonly offline: number;
  /** Nobody can be told a policy that this server cannot read: its version is known, and no device is listed. */
  readonly isUnreadable: boolean;
};

const ORDER = { behind: 0, silent: 1, current: 2 } as const satisfies Record<DeviceRollout["state"], number>;

export function namedRollout({ db, hub }: { readonly db: Db; readonly hub: HubPort }, teamId: TeamId): NamedRollout {
  const names = new Map(policyDevices(db, teamId).map(({ id, name }) => [id, name]));
  const rollout: Rollout | undefined = unlessUnreadable(() => hub.rollout(teamId));
  if (rollout === undefined)
    return { version: latestPolicy(db, teamId)?.version ?? 0, devices: [], offline: 0, isUnreadable: true };
  const devices = rollout.devices.flatMap((each) => {
    const name = names.get(each.deviceId);
    return name === undefined ? [] : [{ ...each, name }];
  });
  return {
    version: rollout.version,
    devices: devices.toSorted((a, b) => ORDER[a.state] - ORDER[b.state] || a.name.localeCompare(b.name)),
    offline: names.size - devices.length,
    isUnreadable: false,
  };
}
