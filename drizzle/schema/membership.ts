import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, ref } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

export const ROLES = ["owner", "admin", "member"] as const;
export type Role = (typeof ROLES)[number];

/** A user's role in a team. */
export const membership = sqliteTable(
  "membership",
  {
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    role: text({ enum: ROLES }).notNull(),
    createdAt,
  },
  (t) => [primaryKey({ columns: [t.userId, t.teamId] })],
);
