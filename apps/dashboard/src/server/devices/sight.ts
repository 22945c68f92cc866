/** What of a team somebody may know of: all of it, or their own devices and what these may talk with. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import type { Actor } from "../actor.ts";
import type { HubPort } from "../hub-port.ts";
import { unlessUnreadable } from "../policy/unreadable-policy.ts";
import { ownDevices } from "./own-devices.ts";

export type Sight = {
  readonly isWhole: boolean;
  /** What own devices may reach is missing: the policy that says it cannot be read. */
  readonly isCut: boolean;
  readonly owns: (device: DeviceId) => boolean;
  readonly sees: (device: DeviceId) => boolean;
  /** Whether they may know where in the networks around it a device is: a policy may keep a pair on the relay to hide that. */
  readonly locates: (device: DeviceId) => boolean;
  /** Of pairs, those that an own device is one end of. */
  readonly seesPair: (a: DeviceId, b: DeviceId) => boolean;
};

/** The team that is asked about, and what of it may be answered. */
export type Asking = { readonly teamId: TeamId; readonly sight: Sight };

export const WHOLE_SIGHT = {
  isWhole: true,
  isCut: false,
  sees: () => true,
  locates: () => true,
  seesPair: () => true,
} as const;

type Sources = { readonly db: Pick<Tx, "select">; readonly hub: Pick<HubPort, "policyInForce"> };

/** As their agents know it already: a peer is in an own device's netmap, or it is not there. */
export function sightOf({ db, hub }: Sources, { teamId, id, capabilities }: Actor): Sight {
  const own = new Set(capabilities.includes("devices.own") ? ownDevices(db, { teamId, userId: id }) : []);
  const owns = (device: DeviceId): boolean => own.has(device);
  if (capabilities.includes("devices.view")) return { ...WHOLE_SIGHT, owns };
  if (own.size === 0)
    return { isWhole: false, isCut: false, owns, sees: () => false, locates: () => false, seesPair: () => false };

  const policy = unlessUnreadable(() => hub.policyInForce(teamId));
  const mine = [...own];
  const sees = (device: DeviceId): boolean =>
    own.has(device) || (policy !== undefined && mine.some((each) => policy.mayTalk(each, device)));
  const locates = (device: DeviceId): boolean =>
    own.has(device) ||
    (policy !== undefined &&
      mine.some((each) => policy.mayTalk(each, device) && policy.transport(each, device) !== "relay-only"));
  return {
    isWhole: false,
    isCut: policy === undefined,
    owns,
    sees,
    locates,
    seesPair: (a, b) => (own.has(a) && sees(b)) || (own.has(b) && sees(a)),
  };
}

export function askingOf({ actor, ...sources }: Sources & { readonly actor: Actor }): Asking {
  return { teamId: actor.teamId, sight: sightOf(sources, actor) };
}
