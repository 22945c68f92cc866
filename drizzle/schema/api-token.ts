import type { Capability } from "@pinhole/protocol/team";
import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref, timestamp } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

/** With which a program does what its maker may, as far as the scopes go. The secret is kept as a hash alone. */
export const apiToken = sqliteTable(
  "api_token",
  {
    id: id("apt"),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    /** Whose role bounds it, whenever it is used. */
    createdBy: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    name: text().notNull(),
    /** SHA-256 of the token, hexadecimal. 256 random bits need no slow hash. */
    secretHash: text().notNull(),
    /** The characters of the token that may be shown. */
    visiblePrefix: text().notNull(),
    scopes: json<Capability[]>().notNull(),
    expiresAt: timestamp().notNull(),
    revokedAt: timestamp(),
    /** To the minute. */
    lastUsedAt: timestamp(),
    lastUsedFrom: text(),
    createdAt,
  },
  (t) => [uniqueIndex("api_token_secret_unique").on(t.secretHash), index("api_token_team_idx").on(t.teamId)],
);

export type ApiTokenRow = typeof apiToken.$inferSelect;
