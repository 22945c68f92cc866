import type { Tx } from "@pinhole/drizzle/append-revision";
import { auditEvent } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import type { Author } from "../actor.ts";
import { enqueueEvent } from "../webhooks/enqueue-event.ts";

export type AuditEntry = {
  /** Null for what concerns no team, such as a sign-in. */
  readonly teamId: TeamId | null;
  readonly author: Author;
  /** `device.revoke`: noun, verb. */
  readonly action: `${string}.${string}`;
  readonly object: { readonly kind: string; readonly id: string; readonly name: string };
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
};

/** Writes a line of the activity log, and tells the webhooks that want to know. Call it in the transaction of the change: one never stands without the other. */
export function recordEvent(tx: Pick<Tx, "select" | "insert">, entry: AuditEntry, now: Date): void {
  const { teamId, author, action, object, before, after } = entry;
  tx.insert(auditEvent)
    .values({
      teamId,
      actorKind: author.kind,
      actorId: author.id,
      actorName: author.name,
      action,
      objectKind: object.kind,
      objectId: object.id,
      objectName: object.name,
      before: before ?? null,
      after: after ?? null,
      address: author.address,
      createdAt: now,
    })
    .run();
  if (teamId !== null) {
    const by = { kind: author.kind, name: author.name };
    enqueueEvent(
      tx,
      { teamId, event: action, data: { by, object, before: before ?? null, after: after ?? null } },
      now,
    );
  }
}
