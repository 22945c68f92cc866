import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, ref, timestamp } from "./columns.ts";
import { user } from "./user.ts";

/** Whom a sign-in provider knows one of the accounts as. The subject is its name there for good; the address may change. */
export const oidcIdentity = sqliteTable(
  "oidc_identity",
  {
    id: id("oid"),
    userId: ref("usr")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    issuer: text().notNull(),
    subject: text().notNull(),
    /** As the provider said when it was connected: for its owner to tell two apart, and for nothing else. */
    email: text(),
    createdAt,
    lastUsedAt: timestamp(),
  },
  (t) => [uniqueIndex("oidc_identity_unique").on(t.issuer, t.subject), index("oidc_identity_user_idx").on(t.userId)],
);

export type OidcIdentity = typeof oidcIdentity.$inferSelect;
