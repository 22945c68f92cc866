/** A pair of devices that talk or have tried, as lists show it. */
import type { Db } from "@pinhole/drizzle";
import { type Device, device, pairPath } from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import type { Sight } from "../devices/sight.ts";
import type { HubPort } from "../hub-port.ts";
import { isRunning, type LastAttempt, lastAttempts } from "./attempts.ts";
import { namePath } from "./named-path.ts";
import { newPair, type Pair, pairId } from "./pair.ts";
import { type PairState, pairState, type Report, type Reports } from "./pair-state.ts";

export type ConnectionEnd = { readonly id: DeviceId; readonly name: string; readonly online: boolean };

export type ConnectionSummary = {
  /** `dev_1..dev_2`: the last part of the connection's address. */
  readonly id: string;
  readonly a: ConnectionEnd;
  readonly b: ConnectionEnd;
  readonly state: PairState;
  readonly isTrying: boolean;
  readonly lastAttempt: LastAttempt | null;
  /** When either side last reported. */
  readonly updatedAt: Date | null;
};

type Sources = { readonly db: Db; readonly hub: HubPort };
type Asking = { readonly teamId: TeamId; readonly sight: Pick<Sight, "sees" | "seesPair"> };

/** Every pair that has a path or an attempt, the one that changed last first. */
export function listConnections({ db, hub }: Sources, { teamId, sight }: Asking, now: Date): ConnectionSummary[] {
  const known = new Map(
    db
      .select()
      .from(device)
      .where(eq(device.teamId, teamId))
      .all()
      .map((row) => [row.id, row]),
  );
  const present = (id: DeviceId): Device | undefined => {
    const row = known.get(id);
    return row?.revokedAt === null ? row : undefined;
  };
  const attempts = lastAttempts(db, teamId);
  const reports = new Map<string, Record<keyof Pair, Report | null>>();
  const pairs = new Map<string, Pair>([...attempts].map(([id, { pair }]) => [id, pair]));
  for (const { deviceId, peerId, path, reason, updatedAt } of db
    .select()
    .from(pairPath)
    .where(eq(pairPath.teamId, teamId))
    .all()) {
    const pair = newPair(deviceId, peerId);
    const id = pairId(pair);
    const both = reports.get(id) ?? { a: null, b: null };
    const named = namePath(path, (relay) => (sight.sees(relay) ? known.get(relay)?.name : undefined));
    both[pair.a === deviceId ? "a" : "b"] = { path: named, reason, updatedAt };
    reports.set(id, both);
    pairs.set(id, pair);
  }

  return [...pairs]
    .flatMap(([id, pair]) => {
      const [a, b] = [present(pair.a), present(pair.b)];
      if (a === undefined || b === undefined || !sight.seesPair(pair.a, pair.b)) return [];
      return [
        summarizeConnection({
          a,
          b,
          hub,
          reports: reports.get(id) ?? { a: null, b: null },
          lastAttempt: attempts.get(id),
          now,
        }),
      ];
    })
    .toSorted((one, other) => lastChange(other) - lastChange(one));
}

type Parts = {
  readonly a: Device;
  readonly b: Device;
  readonly hub: HubPort;
  readonly reports: Reports;
  readonly lastAttempt: LastAttempt | undefined;
  readonly now: Date;
};

export function summarizeConnection({ a, b, hub, reports, lastAttempt, now }: Parts): ConnectionSummary {
  const isOnline = { a: hub.isOnline(a.id), b: hub.isOnline(b.id) };
  const updates = [reports.a, reports.b].flatMap((report) => (report === null ? [] : [report.updatedAt.getTime()]));
  return {
    id: pairId({ a: a.id, b: b.id }),
    a: { id: a.id, name: a.name, online: isOnline.a },
    b: { id: b.id, name: b.name, online: isOnline.b },
    state: pairState(reports, isOnline),
    isTrying: isOnline.a && isOnline.b && isRunning(lastAttempt, now),
    lastAttempt: lastAttempt === undefined ? null : { startAt: lastAttempt.startAt, outcome: lastAttempt.outcome },
    updatedAt: updates.length === 0 ? null : new Date(Math.max(...updates)),
  };
}

const lastChange = ({ updatedAt, lastAttempt }: ConnectionSummary) =>
  Math.max(updatedAt?.getTime() ?? 0, lastAttempt?.startAt.getTime() ?? 0);
