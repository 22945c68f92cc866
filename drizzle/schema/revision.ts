import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, ref } from "./columns.ts";
import { team } from "./team.ts";

/**
 * The team's change log: what agents resume from. A row is written in the transaction of the change it speaks of, with
 * the next number of {@link team.revision}.
 */
export const revision = sqliteTable(
  "revision",
  {
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    revision: integer().notNull(),
    /** `device`: that device's row changed. `policy`, `settings`: anything may have. */
    kind: text({ enum: ["device", "policy", "settings"] }).notNull(),
    deviceId: ref("dev"),
    createdAt,
  },
  (t) => [primaryKey({ columns: [t.teamId, t.revision] })],
);
