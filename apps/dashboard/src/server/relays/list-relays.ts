/** What a team's packets may go over where a pair is not direct: who is there, how far from the devices, and how much used. */
import type { Db } from "@pinhole/drizzle";
import { device } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { MAIN_RELAY, type RelayInfo } from "@pinhole/protocol/control";
import { and, eq, isNull } from "drizzle-orm";
import { listConnections } from "../connections/connection-summary.ts";
import { policyOf } from "../coordination/team-cache.ts";
import { WHOLE_SIGHT } from "../devices/sight.ts";
import type { HubPort } from "../hub-port.ts";

export type RelaySummary = {
  readonly kind: "main" | "stand-alone" | "device";
  readonly name: string;
  /** Of a device that relays. */
  readonly deviceId: DeviceId | null;
  /** Where devices dial a stand-alone relay. */
  readonly url: string | null;
  /**
   * `used`: pairs go over it now. `ready`: devices reach it, or it is a device that is online and nobody needs it.
   * `unreached`: devices are online, and none reaches it. `offline`: a device that is. `unknown`: nobody is online to measure it.
   */
  readonly state: "used" | "ready" | "unreached" | "offline" | "unknown";
  /** Online devices that have measured their way to it, as they last said. */
  readonly reachedBy: number;
  /** There and back, from those devices. */
  readonly rttMs: { readonly shortest: number; readonly median: number; readonly longest: number } | null;
  /** Pairs of online devices whose packets go over it. */
  readonly pairs: number;
};

export type RelayList = {
  readonly relays: readonly RelaySummary[];
  /** Of the team. */
  readonly devicesOnline: number;
};

type Sources = { readonly db: Db; readonly hub: HubPort; readonly env: { readonly relays: readonly RelayInfo[] } };
type Named = Pick<RelaySummary, "kind" | "name" | "deviceId" | "url">;

export function listRelays(sources: Sources, teamId: TeamId, now: Date): RelayList {
  const { db, hub, env } = sources;
  const devices = db
    .select({ id: device.id, name: device.name, relays: device.relays })
    .from(device)
    .where(and(eq(device.teamId, teamId), isNull(device.revokedAt)))
    .all();
  const online = devices.filter(({ id }) => hub.isOnline(id));
  const distances = new Map<string, number[]>();
  for (const { relay, rttMs } of online.flatMap(({ relays }) => relays ?? []))
    distances.set(relay, [...(distances.get(relay) ?? []), rttMs]);
  const pairs = countPairs(sources, teamId, now);

  const relaying = new Set(policyOf(db, teamId, now)?.relays() ?? []);
  const all: readonly Named[] = [
    { kind: "main", name: MAIN_RELAY, deviceId: null, url: null },
    ...env.relays.map(({ name, url }): Named => ({ kind: "stand-alone", name, deviceId: null, url })),
    ...devices
      .filter(({ id }) => relaying.has(id))
      .map(({ id, name }): Named => ({ kind: "device", name, deviceId: id, url: null })),
  ];
  const relays = all.map((named): RelaySummary => {
    const key = named.deviceId ?? named.name;
    const rtts = (distances.get(key) ?? []).toSorted((a, b) => a - b);
    const used = pairs.get(key) ?? 0;
    const isOnline = named.deviceId === null ? undefined : hub.isOnline(named.deviceId);
    return {
      ...named,
      state: stateOf({ isOnline, pairs: used, reachedBy: rtts.length, devicesOnline: online.length }),
      reachedBy: rtts.length,
      rttMs: spread(rtts),
      pairs: used,
    };
  });
  return { relays, devicesOnline: online.length };
}

type Facts = {
  /** Undefined for what has no session with the dashboard. */
  readonly isOnline: boolean | undefined;
  readonly pairs: number;
  readonly reachedBy: number;
  readonly devicesOnline: number;
};

function stateOf({ isOnline, pairs, reachedBy, devicesOnline }: Facts): RelaySummary["state"] {
  if (isOnline === false) return "offline";
  if (pairs > 0) return "used";
  // A device is asked for a path when somebody needs one.
  if (reachedBy > 0 || isOnline === true) return "ready";
  return devicesOnline === 0 ? "unknown" : "unreached";
}

/** By the relay's name, or the id of a device that relays. */
function countPairs(sources: Sources, teamId: TeamId, now: Date): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of listConnections(sources, { teamId, sight: WHOLE_SIGHT }, now)) {
    const key = state.kind === "relay" ? (state.viaDevice ?? state.relay) : null;
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Of numbers in order. */
function spread(sorted: readonly number[]): RelaySummary["rttMs"] {
  const [shortest, longest, median] = [sorted[0], sorted.at(-1), sorted[Math.floor((sorted.length - 1) / 2)]];
  if (shortest === undefined || longest === undefined || median === undefined) return null;
  return { shortest, median, longest };
}
