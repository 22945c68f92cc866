/** Says in the activity log, and so to webhooks, that a device's key ends soon, while there is time to renew it. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { auditEvent, type Device, device } from "@pinhole/drizzle/schema";
import { and, eq, gt, isNull, lte } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { AgentHub } from "../coordination/agent-hub.ts";

const DAY_MS = 86_400_000;
const WARN_DAYS = [14, 7, 1] as const;
const ACTION = "device.key-ends-soon";

type Ending = Device & { readonly keyExpiresAt: Date };

/** Each once for one date of expiry; what was due while the server was away is one warning, the latest. */
export function warnOfExpiry({ db, now }: Pick<AgentHub, "db" | "now">): void {
  const at = now();
  const rows = db
    .select()
    .from(device)
    .where(
      and(
        isNull(device.revokedAt),
        isNull(device.keyExpiredAt),
        gt(device.keyExpiresAt, at),
        lte(device.keyExpiresAt, new Date(at.getTime() + WARN_DAYS[0] * DAY_MS)),
      ),
    )
    .all();
  for (const row of rows) db.transaction((tx) => warn(tx, row as Ending, at), { behavior: "immediate" });
}

function warn(tx: Tx, { id, teamId, name, keyExpiresAt }: Ending, at: Date): void {
  const leftMs = keyExpiresAt.getTime() - at.getTime();
  const days = WARN_DAYS.findLast((each) => leftMs <= each * DAY_MS);
  if (days === undefined) return;
  const after = { keyExpiresAt: keyExpiresAt.toISOString(), days };
  const isTold = tx
    .select({ after: auditEvent.after })
    .from(auditEvent)
    .where(
      and(
        eq(auditEvent.teamId, teamId),
        // Nothing older can be about this date: no warning comes sooner than this.
        gt(auditEvent.createdAt, new Date(at.getTime() - WARN_DAYS[0] * DAY_MS)),
        eq(auditEvent.action, ACTION),
        eq(auditEvent.objectId, id),
      ),
    )
    .all()
    .some((told) => told.after?.["keyExpiresAt"] === after.keyExpiresAt && told.after["days"] === days);
  if (isTold) return;
  const author = { kind: "server", id: null, name: "Pinhole", address: null } as const;
  recordEvent(tx, { teamId, author, action: ACTION, object: { kind: "device", id, name }, after }, at);
}
