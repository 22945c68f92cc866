import type { Role } from "@pinhole/protocol/team";
import { index, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, ref, timestamp } from "./columns.ts";
import { team } from "./team.ts";
import { user } from "./user.ts";

/** Why a mail was not taken by the mail server. */
export type MailProblem =
  | "name-not-found"
  | "no-connection"
  | "timeout"
  | "no-tls"
  | "bad-certificate"
  | "sign-in-refused"
  | "sender-refused"
  | "address-refused"
  | "refused"
  /** Too many were sent to the address, or for the team. */
  | "too-many"
  /** The server was stopped in the middle of it. */
  | "interrupted";

/**
 * A link that makes one person a member of a team, once. The secret is kept as a hash alone.
 *
 * Accepting is one conditional UPDATE, in the transaction that inserts the membership.
 */
export const invite = sqliteTable(
  "invite",
  {
    id: id("inv"),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    role: text().$type<Role>().notNull(),
    /** Lower case. Null: whoever holds the link. */
    email: text(),
    /** SHA-256 of the secret in the link, hexadecimal. 256 random bits need no slow hash. */
    secretHash: text().notNull(),
    expiresAt: timestamp().notNull(),
    acceptedAt: timestamp(),
    acceptedBy: ref("usr").references(() => user.id, { onDelete: "set null" }),
    revokedAt: timestamp(),
    /** What became of the newest link's mail. Null: none was asked for. */
    mail: text().$type<"sending" | "sent" | MailProblem>(),
    mailedAt: timestamp(),
    createdBy: ref("usr").references(() => user.id, { onDelete: "set null" }),
    createdAt,
  },
  (t) => [uniqueIndex("invite_secret_unique").on(t.secretHash), index("invite_team_idx").on(t.teamId)],
);

export type InviteRow = typeof invite.$inferSelect;
