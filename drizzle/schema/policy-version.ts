import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, ref, timestamp } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

/** The team's policy document, every version of it; the highest is in force. */
export const policyVersion = sqliteTable(
  "policy_version",
  {
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    version: integer().notNull(),
    /** JSONC as written, comments included. */
    document: text().notNull(),
    message: text().notNull(),
    author: ref("usr").references(() => user.id, { onDelete: "set null" }),
    createdAt,
    /** Unless somebody confirms it by then, the version before it comes back. Null: it stays. */
    confirmBy: timestamp(),
    /** Up to when agents have been told of grants that ended. Null: since it was saved. */
    expiredUntil: timestamp(),
  },
  (t) => [primaryKey({ columns: [t.teamId, t.version] }), index("policy_version_author_idx").on(t.author)],
);
