import type { Candidate, NatProfile, RelayDistance } from "@pinhole/protocol/control";
import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { createdAt, id, json, ref, timestamp } from "./columns.ts";
import { enrollmentToken } from "./enrollment-token.ts";
import { team } from "./team.ts";

/**
 * A machine running the agent.
 *
 * Revoking keeps the row, so that the audit log can still name the device and its keys can never be enrolled again.
 * Candidates, NAT profile, probe epoch and relays are as last reported: peers start from them when the device comes back.
 */
export const device = sqliteTable(
  "device",
  {
    id: id("dev"),
    teamId: ref("team")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    /** A DNS label, unique among the team's devices that are not revoked. */
    name: text().notNull(),
    /** Ed25519, base64url. */
    identityKey: text().notNull(),
    /** Curve25519, base64url: the peer's identity in WireGuard. */
    nodeKey: text().notNull(),
    ipv4: text().notNull(),
    ipv6: text().notNull(),
    tags: json<string[]>().notNull(),
    ephemeral: integer({ mode: "boolean" }).notNull().default(false),
    enrolledWith: ref("tok").references(() => enrollmentToken.id, { onDelete: "set null" }),
    os: text().notNull(),
    arch: text().notNull(),
    hostname: text().notNull(),
    agentVersion: text().notNull(),
    candidates: json<Candidate[]>().notNull(),
    natProfile: json<NatProfile>(),
    probeEpoch: text(),
    /** Null until an agent has said it. */
    relays: json<RelayDistance[]>(),
    /** Coarse: written when the control session opens, each minute of it, and when it closes. */
    lastSeenAt: timestamp(),
    /** It waits for a person to let it in, and nobody sees it until then. */
    awaitsApproval: integer({ mode: "boolean" }).notNull().default(false),
    /** When its key stops being good unless it is renewed; null for never. */
    keyExpiresAt: timestamp(),
    /** Set when that moment has passed: from then on nobody sees it. */
    keyExpiredAt: timestamp(),
    revokedAt: timestamp(),
    createdAt,
  },
  (t) => [
    uniqueIndex("device_identity_key_unique").on(t.identityKey),
    uniqueIndex("device_node_key_unique").on(t.nodeKey),
    uniqueIndex("device_team_ipv4_unique").on(t.teamId, t.ipv4),
    uniqueIndex("device_team_ipv6_unique").on(t.teamId, t.ipv6),
    uniqueIndex("device_team_name_unique").on(t.teamId, t.name).where(sql`revoked_at is null`),
    index("device_team_idx").on(t.teamId),
    index("device_enrolled_with_idx").on(t.enrolledWith),
    // Looked at each second.
    index("device_key_expires_idx")
      .on(t.keyExpiresAt)
      .where(sql`revoked_at is null and key_expired_at is null and key_expires_at is not null`),
    check("device_identity_key_length", sql`length(${t.identityKey}) = 43`),
    check("device_node_key_length", sql`length(${t.nodeKey}) = 43`),
  ],
);

export type Device = typeof device.$inferSelect;
export type NewDevice = typeof device.$inferInsert;
