import type { Role } from "@pinhole/protocol/team";
import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, ref } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

export type { Role } from "@pinhole/protocol/team";

/**
 * A user's role in a team. That a team never loses its last owner is kept by triggers (`0003_invites.sql`), whatever a use
 * case forgets.
 */
export const membership = sqliteTable(
  "membership",
  {
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    role: text().$type<Role>().notNull(),
    createdAt,
  },
  (t) => [primaryKey({ columns: [t.userId, t.teamId] })],
);
