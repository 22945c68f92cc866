/** How far the devices that a token was made for have come: the live checklist of "Add a device". */
import type { Db } from "@pinhole/drizzle";
import { device, pairPath } from "@pinhole/drizzle/schema";
import { type DeviceId, err, ok, type Result } from "@pinhole/protocol";
import type { NatProfile, PathState, Reason, Standing } from "@pinhole/protocol/control";
import { and, asc, desc, eq, isNull, ne } from "drizzle-orm";
import type { Actor } from "../actor.ts";
import { type Sight, sightOf } from "../devices/sight.ts";
import { standingOf } from "../devices/standing.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";
import { findToken } from "./find-token.ts";
import { type TokenStatus, tokenStatus } from "./token-status.ts";

export type DeviceProgress = {
  readonly id: DeviceId;
  readonly name: string;
  readonly ipv4: string;
  readonly os: string;
  readonly arch: string;
  readonly agentVersion: string;
  readonly registeredAt: Date;
  readonly standing: Standing;
  /** Whether the control session is open at this moment. */
  readonly online: boolean;
  /** Null: it never was. */
  readonly lastSeenAt: Date | null;
  readonly natProfile: NatProfile | null;
  /** The first path to any peer, direct before relayed. Null as long as there is none. */
  readonly firstPath: {
    readonly peer: { readonly id: DeviceId; readonly name: string };
    readonly path: PathState;
    readonly reason: Reason | null;
  } | null;
  /** Whether there is any other device that a path could lead to, as far as whoever asks sees. */
  readonly hasPeers: boolean;
};

export type TokenProgress = {
  readonly id: `tok_${string}`;
  readonly name: string;
  readonly status: TokenStatus;
  readonly uses: number;
  readonly maxUses: number;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  /** Registered with it, the newest first. */
  readonly devices: readonly DeviceProgress[];
};

const MAX_DEVICES = 20;

export function tokenProgress(
  { db, hub }: { db: Db; hub: HubPort },
  actor: Actor,
  tokenId: `tok_${string}`,
  now: Date,
): Result<TokenProgress, Refusal> {
  const token = findToken(db, actor, { tokenId, capability: "tokens.view" });
  if (token === undefined) return err({ code: "token-not-found" });
  const sight = sightOf({ db, hub }, actor);
  const rows = db
    .select()
    .from(device)
    .where(and(eq(device.enrolledWith, tokenId), isNull(device.revokedAt)))
    .orderBy(desc(device.createdAt))
    .limit(MAX_DEVICES)
    .all()
    .filter(({ id }) => sight.sees(id));
  const inTeam = db
    .select({ id: device.id })
    .from(device)
    .where(and(eq(device.teamId, actor.teamId), isNull(device.revokedAt)))
    .all();

  return ok({
    id: token.id,
    name: token.name,
    status: tokenStatus(token, now),
    uses: token.uses,
    maxUses: token.maxUses,
    expiresAt: token.expiresAt,
    lastUsedAt: token.lastUsedAt,
    devices: rows.map((row) => ({
      id: row.id,
      name: row.name,
      ipv4: row.ipv4,
      os: row.os,
      arch: row.arch,
      agentVersion: row.agentVersion,
      registeredAt: row.createdAt,
      standing: standingOf(row),
      online: hub.isOnline(row.id),
      lastSeenAt: row.lastSeenAt,
      natProfile: row.natProfile,
      firstPath: findFirstPath(db, row.id, sight),
      hasPeers: inTeam.some(({ id }) => id !== row.id && sight.seesPair(row.id, id)),
    })),
  });
}

function findFirstPath(db: Db, deviceId: DeviceId, sight: Sight): DeviceProgress["firstPath"] {
  const paths = db
    .select({ peer: { id: device.id, name: device.name }, path: pairPath.path, reason: pairPath.reason })
    .from(pairPath)
    .innerJoin(device, and(eq(device.id, pairPath.peerId), isNull(device.revokedAt), ne(device.id, deviceId)))
    .where(eq(pairPath.deviceId, deviceId))
    .orderBy(asc(pairPath.updatedAt))
    .all()
    .filter(({ peer }) => sight.seesPair(deviceId, peer.id));
  return paths.find(({ path }) => path.kind === "direct") ?? paths.find(({ path }) => path.kind === "relay") ?? null;
}
