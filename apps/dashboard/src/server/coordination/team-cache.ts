/**
 * Each team as its sessions read it: all devices, the compiled policy, and the newest part of the revision log, loaded
 * once for everybody and brought up to date by the log.
 *
 * A snapshot is complete and of one revision, or there is none: a read that fails throws, and nobody may take that for
 * "no peers". A policy that cannot be read throws as well; agents keep what they have.
 */
import type { Db } from "@pinhole/drizzle";
import {
  type Device,
  device,
  enrollmentToken,
  policyVersion,
  revision as revisionTable,
  type Team,
  team as teamTable,
  user,
} from "@pinhole/drizzle/schema";
import type { DeviceId, TeamId } from "@pinhole/protocol";
import {
  type CompiledPolicy,
  compilePolicy,
  type DeviceChange,
  type Policy,
  type PolicyDevice,
  parsePolicy,
} from "@pinhole/protocol/policy";
import { and, asc, desc, eq, gt, inArray, sql } from "drizzle-orm";
import { isAdmitted } from "../devices/standing.ts";
import { UnreadablePolicy } from "../policy/unreadable-policy.ts";

/** Further back than this, a whole netmap is the shorter answer. */
const KEPT_REVISIONS = 2_048;

export type TeamDevice = Device & {
  /** E-mail of who made the token that it enrolled with. */ readonly user: string | null;
};

export type TeamSnapshot = {
  readonly revision: number;
  readonly team: Team;
  /** Revoked ones too: whoever knew them has to hear of it. */
  readonly devices: ReadonlyMap<DeviceId, TeamDevice>;
  readonly policy: CompiledPolicy;
  /** Of the policy document. */
  readonly version: number;
};

export type Changes = {
  readonly devices: ReadonlySet<DeviceId>;
  /** The policy or the team's settings changed: anything may have. */
  readonly isGeneral: boolean;
};

type Entry = typeof revisionTable.$inferSelect;
type CachedTeam = { readonly snapshot: TeamSnapshot; readonly log: readonly Entry[] };

/** Asked for at every turn of every session: prepared once. */
type RevisionQuery = { get(values: { readonly teamId: TeamId }): { readonly revision: number } | undefined };

export class TeamCache {
  readonly #db: Db;
  readonly #now: () => Date;
  readonly #teams = new Map<TeamId, CachedTeam>();
  readonly #revisionOf: RevisionQuery;

  constructor(db: Db, now: () => Date) {
    this.#db = db;
    this.#now = now;
    this.#revisionOf = db
      .select({ revision: teamTable.revision })
      .from(teamTable)
      .where(eq(teamTable.id, sql.placeholder("teamId")))
      .prepare();
  }

  snapshot(teamId: TeamId): TeamSnapshot {
    return this.#upToDate(teamId).snapshot;
  }

  /** What happened after `from`, up to the snapshot; `undefined` when the log does not reach back so far, or `from` is from the future. */
  changesSince(teamId: TeamId, from: number): Changes | undefined {
    const { snapshot, log } = this.#upToDate(teamId);
    if (from === snapshot.revision) return { devices: new Set(), isGeneral: false };
    const first = log[0]?.revision;
    if (from > snapshot.revision || first === undefined || from + 1 < first) return undefined;
    const entries = log.filter(({ revision }) => revision > from);
    return {
      devices: new Set(entries.flatMap(({ deviceId }) => deviceId ?? [])),
      isGeneral: entries.some(({ kind }) => kind !== "device"),
    };
  }

  forget(teamId: TeamId): void {
    this.#teams.delete(teamId);
  }

  #upToDate(teamId: TeamId): CachedTeam {
    const cached = this.#teams.get(teamId);
    const at = this.#now().getTime();
    const isGood = cached !== undefined && !hasEnded(cached.snapshot.policy, at);
    // The answer to nearly every question, and of one moment by itself.
    if (isGood && this.#revisionOf.get({ teamId })?.revision === cached.snapshot.revision) return cached;
    // One transaction: rows and the revision they belong to come from one moment, whoever else writes.
    const fresh = this.#db.transaction((tx) => {
      const current = tx.select({ revision: teamTable.revision }).from(teamTable).where(eq(teamTable.id, teamId)).get();
      if (current === undefined) throw new Error(`no team ${teamId}`);
      const followed = isGood ? followTeam(tx, cached, current.revision) : undefined;
      return followed ?? loadTeam(tx, teamId, at, cached);
    });
    this.#teams.set(teamId, fresh);
    return fresh;
  }
}

type Reader = Pick<Db, "select">;

/** A grant of it has ended since it was compiled. */
const hasEnded = ({ endsAt }: CompiledPolicy, at: number): boolean => endsAt !== null && endsAt <= at;

/** @param known what of it is the same stays the same object: sessions see by it which devices are others. */
function loadTeam(tx: Reader, teamId: TeamId, at: number, known: CachedTeam | undefined): CachedTeam {
  const team = tx.select().from(teamTable).where(eq(teamTable.id, teamId)).get();
  if (team === undefined) throw new Error(`no team ${teamId}`);
  const { policy, version } = loadPolicy(tx, teamId);
  const log = tx
    .select()
    .from(revisionTable)
    .where(and(eq(revisionTable.teamId, teamId), gt(revisionTable.revision, team.revision - KEPT_REVISIONS)))
    .orderBy(asc(revisionTable.revision))
    .all();
  const isSame = known === undefined ? () => false : unchangedBetween(known.snapshot.revision, team.revision, log);
  const devices = new Map(
    selectDevices(tx, teamId).map((row) => [row.id, (isSame(row.id) && known?.snapshot.devices.get(row.id)) || row]),
  );
  return { snapshot: { revision: team.revision, team, devices, policy: compile(policy, devices, at), version }, log };
}

/** Which devices the log does not name; none, where it is not the whole of what happened in between. */
function unchangedBetween(from: number, to: number, log: readonly Entry[]): (id: DeviceId) => boolean {
  const later = log.filter(({ revision }) => revision > from);
  if (later.length !== to - from) return () => false;
  const named = new Set(later.map(({ deviceId }) => deviceId));
  return (id) => !named.has(id);
}

/** The rows that the log names and no others; `undefined` when it names more than devices, or a row of it is missing. */
function followTeam(tx: Reader, cached: CachedTeam, revision: number): CachedTeam | undefined {
  const { snapshot } = cached;
  const teamId = snapshot.team.id;
  const entries = tx
    .select()
    .from(revisionTable)
    .where(and(eq(revisionTable.teamId, teamId), gt(revisionTable.revision, snapshot.revision)))
    .orderBy(asc(revisionTable.revision))
    .limit(KEPT_REVISIONS)
    .all();
  const isWhole = entries.length === revision - snapshot.revision;
  if (!isWhole || entries.some(({ kind }) => kind !== "device")) return undefined;

  const ids = [...new Set(entries.flatMap(({ deviceId }) => deviceId ?? []))];
  const rows = selectDevices(tx, teamId, ids);
  const devices = new Map(snapshot.devices);
  for (const id of ids) devices.delete(id);
  for (const row of rows) devices.set(row.id, row);
  const changed = ids.filter((id) => policyKey(snapshot.devices.get(id)) !== policyKey(devices.get(id)));
  return {
    snapshot: {
      revision,
      team: { ...snapshot.team, revision },
      devices,
      version: snapshot.version,
      policy: changed.length === 0 ? snapshot.policy : snapshot.policy.follow(deviceChange(changed, devices)),
    },
    log: [...cached.log, ...entries].slice(-KEPT_REVISIONS),
  };
}

function selectDevices(tx: Reader, teamId: TeamId, ids?: readonly DeviceId[]): TeamDevice[] {
  if (ids?.length === 0) return [];
  return tx
    .select({ device, user: user.email })
    .from(device)
    .leftJoin(enrollmentToken, eq(enrollmentToken.id, device.enrolledWith))
    .leftJoin(user, eq(user.id, enrollmentToken.createdBy))
    .where(and(eq(device.teamId, teamId), ids === undefined ? sql`1` : inArray(device.id, [...ids])))
    .all()
    .map((row) => ({ ...row.device, user: row.user }));
}

/** For who asks once: the policy in force, and the devices that it speaks of. Undefined for a team that has none yet. */
export function policyOf(db: Reader, teamId: TeamId, now: Date): CompiledPolicy | undefined {
  const found = findPolicy(db, teamId);
  return found && compile(found.policy, new Map(selectDevices(db, teamId).map((row) => [row.id, row])), now.getTime());
}

type ReadPolicy = { readonly policy: Policy; readonly version: number };

function loadPolicy(tx: Reader, teamId: TeamId): ReadPolicy {
  const policy = findPolicy(tx, teamId);
  if (policy === undefined) throw new Error(`team ${teamId} has no policy`);
  return policy;
}

function findPolicy(tx: Reader, teamId: TeamId): ReadPolicy | undefined {
  const row = tx
    .select({ document: policyVersion.document, version: policyVersion.version })
    .from(policyVersion)
    .where(eq(policyVersion.teamId, teamId))
    .orderBy(desc(policyVersion.version))
    .limit(1)
    .get();
  if (row === undefined) return undefined;
  const policy = parsePolicy(row.document);
  if (!policy.ok)
    throw new UnreadablePolicy(`policy ${row.version} of team ${teamId} does not parse: ${policy.error.message}`);
  return { policy: policy.value, version: row.version };
}

function compile(document: Policy, devices: ReadonlyMap<DeviceId, TeamDevice>, at: number): CompiledPolicy {
  return compilePolicy(document, [...devices.values()].flatMap(asPolicySees), at);
}

function deviceChange(ids: readonly DeviceId[], devices: ReadonlyMap<DeviceId, TeamDevice>): DeviceChange {
  const present = ids.flatMap((id) => {
    const row = devices.get(id);
    return row === undefined ? [] : asPolicySees(row);
  });
  const kept = new Set(present.map(({ id }) => id));
  return { present, gone: ids.filter((id) => !kept.has(id)) };
}

/** A device that is not part of the network is nobody to a policy. */
function asPolicySees(row: TeamDevice): PolicyDevice[] {
  if (!isAdmitted(row)) return [];
  return [{ id: row.id, addresses: addressesOf(row), tags: row.tags, user: row.user }];
}

export const addressesOf = ({ ipv4, ipv6 }: Pick<Device, "ipv4" | "ipv6">): string[] => [ipv4, ipv6];

/** Everything about a device that a policy can speak of. */
function policyKey(row: TeamDevice | undefined): string {
  return row === undefined || !isAdmitted(row) ? "" : JSON.stringify([row.ipv4, row.ipv6, row.tags, row.user]);
}
