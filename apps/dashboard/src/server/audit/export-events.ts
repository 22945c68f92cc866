import type { Db } from "@pinhole/drizzle";
import { auditEvent } from "@pinhole/drizzle/schema";
import { desc } from "drizzle-orm";
import { toCsv } from "../../csv.ts";
import type { Actor } from "../actor.ts";
import { type EventFilter, whereOf } from "./event-filter.ts";
import { recordEvent } from "./record-event.ts";

export const EXPORT_FORMATS = ["csv", "json"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** About 20 MB of text. Older lines are in a backup. */
const MAX_EVENTS = 50_000;

const COLUMNS = [
  "at",
  "actor_kind",
  "actor",
  "action",
  "object_kind",
  "object_id",
  "object",
  "before",
  "after",
  "address",
];

/** What is wanted of the team's activity log as a file, the newest first. That it was exported becomes a line of it. */
export function exportEvents(
  db: Db,
  actor: Actor,
  { format, filter }: { readonly format: ExportFormat; readonly filter: EventFilter },
  now: Date,
): string {
  return db.transaction((tx) => {
    const rows = tx
      .select()
      .from(auditEvent)
      .where(whereOf(actor.teamId, filter, now))
      .orderBy(desc(auditEvent.createdAt), desc(auditEvent.id))
      .limit(MAX_EVENTS)
      .all();
    const object = { kind: "activity", id: actor.teamId, name: format };
    const after = { events: rows.length, ...filter };
    recordEvent(tx, { teamId: actor.teamId, author: actor, action: "activity.export", object, after }, now);
    return format === "json" ? toJson(rows) : toCsv([COLUMNS, ...rows.map(cellsOf)]);
  });
}

type Row = typeof auditEvent.$inferSelect;

const toJson = (rows: readonly Row[]) =>
  `${JSON.stringify(
    rows.map(({ createdAt, ...rest }) => ({ at: createdAt.toISOString(), ...rest })),
    null,
    2,
  )}\n`;

const cellsOf = (row: Row) => [
  row.createdAt.toISOString(),
  row.actorKind,
  row.actorName,
  row.action,
  row.objectKind,
  row.objectId,
  row.objectName,
  row.before === null ? null : JSON.stringify(row.before),
  row.after === null ? null : JSON.stringify(row.after),
  row.address,
];
