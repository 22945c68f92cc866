import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref, timestamp } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

/**
 * What an admin hands out so that a machine may enroll. The secret is kept as a hash alone.
 *
 * `uses` only grows through one conditional UPDATE, in the transaction that inserts the device; the check below is
 * what stands if that is ever forgotten.
 */
export const enrollmentToken = sqliteTable(
  "enrollment_token",
  {
    id: id("tok"),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    /** The token's own id part in hexadecimal: how a presented token finds its row. */
    lookup: text().notNull(),
    /** SHA-256 of the secret part, hexadecimal. 160 random bits need no slow hash. */
    secretHash: text().notNull(),
    /** The characters of the token that may be shown: `phk_abcdefghi`. */
    visiblePrefix: text().notNull(),
    name: text().notNull(),
    maxUses: integer().notNull(),
    uses: integer().notNull().default(0),
    tags: json<string[]>().notNull(),
    /** Devices enrolled with it go away by themselves some time after they go offline. */
    ephemeral: integer({ mode: "boolean" }).notNull().default(false),
    /** Its devices need nobody to let them in. */
    isPreApproved: integer({ mode: "boolean" }).notNull().default(false),
    expiresAt: timestamp().notNull(),
    revokedAt: timestamp(),
    lastUsedAt: timestamp(),
    createdBy: ref("usr").references(() => user.id, { onDelete: "set null" }),
    createdAt,
  },
  (t) => [
    uniqueIndex("enrollment_token_lookup_unique").on(t.lookup),
    index("enrollment_token_team_idx").on(t.teamId),
    check("enrollment_token_uses", sql`${t.uses} >= 0 and ${t.uses} <= ${t.maxUses}`),
  ],
);

export type EnrollmentTokenRow = typeof enrollmentToken.$inferSelect;
