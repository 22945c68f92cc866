/** A device as lists show it. */
import type { Db } from "@pinhole/drizzle";
import { type Device, device, enrollmentToken, pairPath, user } from "@pinhole/drizzle/schema";
import type { DeviceId } from "@pinhole/protocol";
import type { NatProfile, Standing } from "@pinhole/protocol/control";
import { and, asc, eq, getTableColumns, gt, isNull, or } from "drizzle-orm";
import type { HubPort } from "../hub-port.ts";
import { RESTORE_MS } from "./restore-device.ts";
import type { Asking, Sight } from "./sight.ts";
import { standingOf } from "./standing.ts";

/** `online`: its control session is open. Says nothing about whether a peer can reach it. */
export type DeviceStatus = "online" | "offline" | "never-connected" | "revoked";

/** How many of a device's peers it reaches which way, by its own fresh reports about peers that are online. */
export type PathCounts = { readonly direct: number; readonly relay: number; readonly none: number };

export type DeviceSummary = {
  readonly id: DeviceId;
  readonly name: string;
  readonly status: DeviceStatus;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly tags: readonly string[];
  /** Who enrolled it as their own; one with tags is nobody's. */
  readonly owner: string | null;
  /** Whether that is who asks. */
  readonly isOwn: boolean;
  readonly ephemeral: boolean;
  readonly standing: Standing;
  /** Null for a key that does not expire. */
  readonly keyExpiresAt: Date | null;
  readonly paths: PathCounts;
  readonly natProfile: NatProfile | null;
  readonly os: string;
  readonly arch: string;
  readonly hostname: string;
  readonly agentVersion: string;
  readonly lastSeenAt: Date | null;
  readonly connectedSince: Date | null;
  readonly enrolledAt: Date;
  readonly revokedAt: Date | null;
  /** Until when a revoked device can be restored. */
  readonly restorableUntil: Date | null;
};

const NO_PATHS: PathCounts = { direct: 0, relay: 0, none: 0 };

/** The team's devices by name; those revoked a short while ago with them, since they can be restored. */
export function listDevices(
  { db, hub }: { db: Db; hub: HubPort },
  { teamId, sight }: Asking,
  now: Date,
): DeviceSummary[] {
  const rows = db
    .select({ ...getTableColumns(device), createdBy: user.name })
    .from(device)
    .leftJoin(enrollmentToken, eq(enrollmentToken.id, device.enrolledWith))
    .leftJoin(user, eq(user.id, enrollmentToken.createdBy))
    .where(
      and(
        eq(device.teamId, teamId),
        or(isNull(device.revokedAt), gt(device.revokedAt, new Date(now.getTime() - RESTORE_MS))),
      ),
    )
    .orderBy(asc(device.name), asc(device.id))
    .all();
  const counts = countPaths(db, { teamId, sight }, hub.onlineDeviceIds(teamId));
  return rows
    .filter(({ id }) => sight.sees(id))
    .map(({ createdBy, ...row }) => summarizeDevice({ row, createdBy, hub, sight, paths: counts.get(row.id) }));
}

type Parts = {
  readonly row: Device;
  /** Whose token it enrolled with. */
  readonly createdBy: string | null;
  readonly hub: HubPort;
  readonly sight: Sight;
  readonly paths: PathCounts | undefined;
};

export function summarizeDevice({ row, createdBy, hub, sight, paths = NO_PATHS }: Parts): DeviceSummary {
  const isRevoked = row.revokedAt !== null;
  const connectedSince = isRevoked ? undefined : hub.connectedSince(row.id);
  return {
    id: row.id,
    name: row.name,
    status: isRevoked
      ? "revoked"
      : hub.isOnline(row.id)
        ? "online"
        : row.lastSeenAt === null
          ? "never-connected"
          : "offline",
    ipv4: row.ipv4,
    ipv6: row.ipv6,
    tags: row.tags,
    owner: row.tags.length === 0 ? createdBy : null,
    isOwn: sight.owns(row.id),
    ephemeral: row.ephemeral,
    standing: standingOf(row),
    keyExpiresAt: row.keyExpiresAt,
    paths,
    natProfile: sight.locates(row.id) ? row.natProfile : null,
    os: row.os,
    arch: row.arch,
    hostname: row.hostname,
    agentVersion: row.agentVersion,
    lastSeenAt: row.lastSeenAt,
    connectedSince: connectedSince ?? null,
    enrolledAt: row.createdAt,
    revokedAt: row.revokedAt,
    restorableUntil: row.revokedAt && new Date(row.revokedAt.getTime() + RESTORE_MS),
  };
}

/** Reports of devices that are away, or about such, are old news: they count for nothing. Nor do pairs that are out of sight. */
export function countPaths(db: Db, { teamId, sight }: Asking, online: ReadonlySet<string>): Map<DeviceId, PathCounts> {
  const counts = new Map<DeviceId, { direct: number; relay: number; none: number }>();
  const rows = db
    .select({ deviceId: pairPath.deviceId, peerId: pairPath.peerId, path: pairPath.path })
    .from(pairPath)
    .where(eq(pairPath.teamId, teamId))
    .all();
  for (const { deviceId, peerId, path } of rows) {
    if (!online.has(deviceId) || !online.has(peerId) || !sight.seesPair(deviceId, peerId)) continue;
    const count = counts.get(deviceId) ?? { ...NO_PATHS };
    count[path.kind]++;
    counts.set(deviceId, count);
  }
  return counts;
}
