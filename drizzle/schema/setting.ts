import { sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What belongs to the server as a whole: its keys, the hash of the set-up code, secrets of the sign-in cookies. */
export const setting = sqliteTable("setting", {
  key: text().primaryKey(),
  value: text().notNull(),
});
