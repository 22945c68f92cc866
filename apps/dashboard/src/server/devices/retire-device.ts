/** Takes a device out of its team without a person: what comes of the rules that a person has set. */
import { appendRevision } from "@pinhole/drizzle/append-revision";
import { type Device, device } from "@pinhole/drizzle/schema";
import { and, eq, isNull } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { AgentHub } from "../coordination/agent-hub.ts";

/** `expire-key` leaves the device in the list, for a person to renew it; the others revoke it. */
export type Retirement = "device.expire" | "device.expire-key" | "device.remove-unseen";

export function retireDevice({ db, bus }: AgentHub, { id, teamId, name }: Device, action: Retirement, now: Date): void {
  const revision = db.transaction(
    (tx) => {
      tx.update(device)
        .set(action === "device.expire-key" ? { keyExpiredAt: now } : { revokedAt: now })
        .where(and(eq(device.id, id), isNull(device.revokedAt)))
        .run();
      recordEvent(
        tx,
        {
          teamId,
          author: { kind: "server", id: null, name: "Pinhole", address: null },
          action,
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
