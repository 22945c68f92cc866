import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, ref, timestamp } from "./columns.ts";
import { user } from "./user.ts";

/** The app that makes a person's sign-in codes (TOTP, RFC 6238). */
export const secondFactor = sqliteTable("second_factor", {
  userId: ref("usr")
    .primaryKey()
    .references(() => user.id, { onDelete: "cascade" }),
  /** Sealed with a key that is not in the database. */
  sealedSecret: text().notNull(),
  /** Null: shown, and not yet proven to have arrived in an app. Sign-in does not ask for it. */
  confirmedAt: timestamp(),
  /** The time step of the newest code that was used. It only grows, by one conditional UPDATE: a code is good once. */
  lastStep: integer().notNull().default(0),
  createdAt,
});

/** What lets its holder in once when the app is lost. Kept as a hash; using one is a conditional UPDATE. */
export const recoveryCode = sqliteTable(
  "recovery_code",
  {
    id: id("rec"),
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** SHA-256, hexadecimal. 80 random bits need no slow hash. */
    codeHash: text().notNull(),
    usedAt: timestamp(),
    createdAt,
  },
  (t) => [uniqueIndex("recovery_code_unique").on(t.userId, t.codeHash)],
);
