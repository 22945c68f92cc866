/** One device with everything that its page shows. */
import type { Db } from "@pinhole/drizzle";
import { device, enrollmentToken, pairPath, user } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { Candidate, Reason } from "@pinhole/protocol/control";
import { asc, eq } from "drizzle-orm";
import { type NamedPath, namePath, withoutEndpoint } from "../connections/named-path.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";
import { countPaths, type DeviceSummary, summarizeDevice } from "./device-summary.ts";
import { findDevice } from "./find-device.ts";
import type { Asking } from "./sight.ts";

export type DevicePath = {
  readonly peer: { readonly id: DeviceId; readonly name: string; readonly online: boolean };
  /** As the device last said; an old saying when `isFresh` is false. */
  readonly path: NamedPath;
  readonly reason: Reason | null;
  readonly updatedAt: Date;
  /** Both are online, so that the report speaks of the present. */
  readonly isFresh: boolean;
};

export type DeviceDetail = DeviceSummary & {
  readonly identityKey: string;
  readonly nodeKey: string;
  readonly candidates: readonly Candidate[];
  readonly peers: readonly DevicePath[];
  /** Null for whoever sees the device only because they may reach it. */
  readonly enrolledWith: { readonly id: `tok_${string}`; readonly name: string } | null;
};

export function getDevice(
  { db, hub }: { db: Db; hub: HubPort },
  { teamId, sight }: Asking,
  deviceId: DeviceId,
): Result<DeviceDetail, Refusal> {
  const row = findDevice(db, teamId, deviceId);
  if (row === undefined || !sight.sees(deviceId)) return err({ code: "device-not-found" });

  const online = hub.onlineDeviceIds(teamId);
  const peers = db
    .select({
      id: device.id,
      name: device.name,
      revokedAt: device.revokedAt,
      path: pairPath.path,
      reason: pairPath.reason,
      updatedAt: pairPath.updatedAt,
    })
    .from(pairPath)
    .innerJoin(device, eq(device.id, pairPath.peerId))
    .where(eq(pairPath.deviceId, deviceId))
    .orderBy(asc(device.name))
    .all();
  const token =
    row.enrolledWith === null
      ? undefined
      : db
          .select({ id: enrollmentToken.id, name: enrollmentToken.name, createdBy: user.name })
          .from(enrollmentToken)
          .leftJoin(user, eq(user.id, enrollmentToken.createdBy))
          .where(eq(enrollmentToken.id, row.enrolledWith))
          .get();

  return ok({
    ...summarizeDevice({
      row,
      createdBy: token?.createdBy ?? null,
      hub,
      sight,
      paths: countPaths(db, { teamId, sight }, online).get(deviceId),
    }),
    identityKey: row.identityKey,
    nodeKey: row.nodeKey,
    candidates: sight.locates(deviceId) ? row.candidates : [],
    peers: peers.flatMap(({ id, name, revokedAt, path, reason, updatedAt }) =>
      revokedAt !== null || !sight.seesPair(deviceId, id)
        ? []
        : [
            {
              peer: { id, name, online: online.has(id) },
              path: namePath(sight.locates(id) ? path : withoutEndpoint(path), (relay) =>
                sight.sees(relay) ? findDevice(db, teamId, relay)?.name : undefined,
              ),
              reason,
              updatedAt,
              isFresh: online.has(id) && online.has(deviceId),
            },
          ],
    ),
    enrolledWith:
      token !== undefined && (sight.isWhole || sight.owns(deviceId)) ? { id: token.id, name: token.name } : null,
  });
}
