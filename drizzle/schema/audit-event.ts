import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref } from "./columns.ts";
import { team } from "./team.ts";

/** Who did what to what: append-only, written in the transaction of the change. Names are kept as they were then. */
export const auditEvent = sqliteTable(
  "audit_event",
  {
    id: id("aud"),
    teamId: ref("team").references(() => team.id, { onDelete: "cascade" }),
    actorKind: text({ enum: ["user", "device", "command-line", "server"] }).notNull(),
    actorId: text(),
    actorName: text().notNull(),
    /** `device.revoke`: noun, verb. */
    action: text().notNull(),
    objectKind: text().notNull(),
    objectId: text().notNull(),
    objectName: text().notNull(),
    before: json<Record<string, unknown>>(),
    after: json<Record<string, unknown>>(),
    address: text(),
    createdAt,
  },
  (t) => [index("audit_event_team_idx").on(t.teamId, t.createdAt)],
);
