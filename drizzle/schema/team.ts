import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id } from "./columns.ts";

/** Who shares one overlay network. Nothing of one team is visible to another. */
export const team = sqliteTable(
  "team",
  {
    id: id("team"),
    /** In the path of every page: `/t/acme/devices`. */
    slug: text().notNull(),
    name: text().notNull(),
    /** A random /20 of 100.64.0.0/10. */
    ipv4Range: text().notNull(),
    /** A random ULA /48. */
    ipv6Range: text().notNull(),
    /** Whether attempts may send to many ports of one address, where nothing else can open a pair's NATs. */
    maySpray: integer({ mode: "boolean" }).notNull().default(true),
    /** Whether a person has to let a device in that has enrolled. */
    needsApproval: integer({ mode: "boolean" }).notNull().default(false),
    /** Of devices that enroll or are renewed from now on; null for keys that do not expire. */
    keyLifetimeDays: integer(),
    /** Devices that have not been seen for so long are revoked; null for never. */
    removeUnseenDays: integer(),
    /** The number of the newest row in the team's revision log. */
    revision: integer().notNull().default(0),
    createdAt,
  },
  (t) => [uniqueIndex("team_slug_unique").on(t.slug)],
);

export type Team = typeof team.$inferSelect;
