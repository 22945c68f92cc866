import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, ref, timestamp } from "./columns.ts";
import { user } from "./user.ts";

/** What signs its holder in once in place of the password. Kept as a hash; using it is a conditional UPDATE. */
export const signInLink = sqliteTable(
  "sign_in_link",
  {
    id: id("lnk"),
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** How its holder came by it: in a mail, or back from the sign-in provider. */
    by: text({ enum: ["mail", "provider"] }).notNull(),
    /** SHA-256 of the secret in the link, hexadecimal. 256 random bits need no slow hash. */
    secretHash: text().notNull(),
    /** When the provider last saw its holder prove who they are. Null: it does not say, or there is none. */
    verifiedAt: timestamp(),
    expiresAt: timestamp().notNull(),
    usedAt: timestamp(),
    createdAt,
  },
  (t) => [uniqueIndex("sign_in_link_secret_unique").on(t.secretHash), index("sign_in_link_user_idx").on(t.userId)],
);
