import { sql } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { createdAt, id, ref, timestamp } from "./columns.ts";
import { user } from "./user.ts";

/** A browser's sign-in. The cookie names this row, and every request checks it: revoking works on the next request. */
export const session = sqliteTable(
  "session",
  {
    id: id("ses"),
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    userAgent: text().notNull(),
    address: text().notNull(),
    createdAt,
    /** When its holder last proved who they are: at sign-in, and each time they are asked again. */
    verifiedAt: timestamp().notNull().default(sql`0`),
    lastSeenAt: timestamp().notNull(),
    expiresAt: timestamp().notNull(),
    revokedAt: timestamp(),
  },
  (t) => [index("session_user_idx").on(t.userId)],
);

export type Session = typeof session.$inferSelect;
