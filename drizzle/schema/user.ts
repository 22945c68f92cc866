import { sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id } from "./columns.ts";

/** A person who signs in. */
export const user = sqliteTable(
  "user",
  {
    id: id("usr"),
    /** Lower case; what people sign in with. */
    email: text().notNull(),
    name: text().notNull(),
    /** argon2id in PHC string format. Anything else matches no password: the account has none. */
    passwordHash: text().notNull(),
    createdAt,
  },
  (t) => [uniqueIndex("user_email_unique").on(t.email)],
);

export type User = typeof user.$inferSelect;
