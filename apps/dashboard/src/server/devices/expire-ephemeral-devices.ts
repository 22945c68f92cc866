/** Revokes ephemeral devices that have been offline for a while: build machines and containers that will not come back. */
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { AgentHub } from "../coordination/agent-hub.ts";

export const EPHEMERAL_GRACE_MS = 600_000;

export function expireEphemeralDevices(hub: AgentHub): void {
  const now = hub.now();
  const before = new Date(now.getTime() - EPHEMERAL_GRACE_MS);
  // While the server itself was away, everybody was: they get as long to come back.
  if (hub.startedAt > before) return;
  const { ephemeral, revokedAt, lastSeenAt, createdAt } = device;
  const isLongGone = or(lt(lastSeenAt, before), and(isNull(lastSeenAt), lt(createdAt, before)));
  const gone = hub.db
    .select()
    .from(device)
    .where(and(eq(ephemeral, true), isNull(revokedAt), isLongGone))
    .all();
  for (const row of gone) if (!hub.isOnline(row.id)) expire(hub, row, now);
}

function expire({ db, bus }: AgentHub, row: Device, now: Date): void {
  const { id, teamId, name } = row;
  const revision = db.transaction(
    (tx) => {
      tx.update(device)
        .set({ revokedAt: now })
        .where(and(eq(device.id, id), isNull(device.revokedAt)))
        .run();
      recordEvent(
        tx,
        {
          teamId,
          author: { kind: "server", id: null, name: "Pinhole", address: null },
          action: "device.expire",
          object: { kind: "device", id, name },
        },
        now,
      );
      return appendRevision(tx, { teamId, kind: "device", deviceId: id });
    },
    { behavior: "immediate" },
  );
  bus.publish({ teamId, kind: "revision", revision });
  bus.publish({ teamId, kind: "device", deviceId: id });
}
