import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref, timestamp } from "./columns.ts";
import { user } from "./user.ts";

/** A key pair that an authenticator holds for a person (WebAuthn): the public half, which is no secret. */
export const passkey = sqliteTable(
  "passkey",
  {
    id: id("pky"),
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** As its holder calls it. */
    name: text().notNull(),
    /** As the authenticator calls it, in base64url. Of two accounts never the same. */
    credentialId: text().notNull(),
    /** COSE, in base64url. */
    publicKey: text().notNull(),
    /** How often it has signed, as it says itself; 0 for those that do not count. It only grows, by a conditional UPDATE. */
    counter: integer().notNull(),
    /** How a browser reaches the authenticator, as that said itself: a hint for the next time. */
    transports: json<string[]>().notNull(),
    lastUsedAt: timestamp(),
    createdAt,
  },
  (t) => [uniqueIndex("passkey_credential_unique").on(t.credentialId), index("passkey_user_idx").on(t.userId)],
);

export type Passkey = typeof passkey.$inferSelect;
