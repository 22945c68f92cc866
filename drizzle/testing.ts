/** The vocabulary of tests: a migrated database in memory, and rows of which a test states only what it is about. */
import { createHash, randomBytes } from "node:crypto";
import { toBase64Url } from "@pinhole/protocol";
import { count } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Db, openDb } from "./client.ts";
import { migrateDb } from "./migrate.ts";
import {
  type ApiTokenRow,
  apiToken,
  type DeliveryRow,
  type Device,
  device,
  type EnrollmentTokenRow,
  enrollmentToken,
  type InviteRow,
  invite,
  membership,
  newId,
  type OidcIdentity,
  oidcIdentity,
  type Passkey,
  pairPath,
  passkey,
  pathAttempt,
  policyVersion,
  type Role,
  type Session,
  session,
  type Team,
  team,
  type User,
  user,
  type WebhookRow,
  webhook,
  webhookDelivery,
} from "./schema/index.ts";

export function openTestDb(): Db {
  const db = openDb(":memory:");
  migrateDb(db);
  return db;
}

/** How SQLite goes about a query: `SEARCH` by an index, or `SCAN` of everything. */
export function planOf({ $client }: Db, query: { toSQL(): { sql: string; params: unknown[] } }): string[] {
  const { sql, params } = query.toSQL();
  const steps = $client.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...params);
  return steps.map(({ detail }) => detail);
}

export function countRows(db: Db, table: SQLiteTable): number {
  return db.select({ count: count() }).from(table).get()?.count ?? 0;
}

export function insertTeam(db: Db, fields: Partial<typeof team.$inferInsert> = {}): Team {
  const number = countRows(db, team) + 1;
  return db
    .insert(team)
    .values({
      slug: `team-${number}`,
      name: `Team ${number}`,
      ipv4Range: `100.${64 + number}.16.0/20`,
      ipv6Range: `fd00:0:${number.toString(16)}::/48`,
      ...fields,
    })
    .returning()
    .get();
}

/** The password hash is no hash: nobody signs in as this user unless a test sets one. */
export function insertUser(db: Db, fields: Partial<typeof user.$inferInsert> = {}): User {
  const number = countRows(db, user) + 1;
  return db
    .insert(user)
    .values({ email: `user-${number}@example.test`, name: `User ${number}`, passwordHash: "none", ...fields })
    .returning()
    .get();
}

export function insertMembership(
  db: Db,
  { teamId, userId, role = "owner" }: { teamId: Team["id"]; userId: User["id"]; role?: Role },
): void {
  db.insert(membership).values({ teamId, userId, role }).run();
}

export function insertSession(db: Db, fields: Partial<typeof session.$inferInsert> & { userId: User["id"] }): Session {
  const now = Date.now();
  return db
    .insert(session)
    .values({
      userAgent: "test",
      address: "192.0.2.1",
      lastSeenAt: new Date(now),
      expiresAt: new Date(now + 86_400_000),
      ...fields,
    })
    .returning()
    .get();
}

/** That no authenticator holds. */
export function insertPasskey(db: Db, fields: Partial<typeof passkey.$inferInsert> & { userId: User["id"] }): Passkey {
  const credentialId = toBase64Url(randomBytes(16));
  return db
    .insert(passkey)
    .values({ name: "test passkey", credentialId, publicKey: "none", counter: 0, transports: [], ...fields })
    .returning()
    .get();
}

/** Of a provider that nobody runs. */
export function insertIdentity(
  db: Db,
  fields: Partial<typeof oidcIdentity.$inferInsert> & { userId: User["id"] },
): OidcIdentity {
  const subject = `subject-${countRows(db, oidcIdentity) + 1}`;
  return db
    .insert(oidcIdentity)
    .values({ issuer: "https://id.example/", subject, ...fields })
    .returning()
    .get();
}

/** Keys are random, the address the next one of the team. */
export function insertDevice(db: Db, fields: Partial<typeof device.$inferInsert> & { teamId: Team["id"] }): Device {
  const number = countRows(db, device) + 1;
  return db
    .insert(device)
    .values({
      name: `device-${number}`,
      identityKey: toBase64Url(randomBytes(32)),
      nodeKey: toBase64Url(randomBytes(32)),
      ipv4: `100.70.${16 + (number >> 8)}.${number & 0xff}`,
      ipv6: `fd00::${number.toString(16)}`,
      tags: [],
      os: "linux",
      arch: "x64",
      hostname: `host-${number}`,
      agentVersion: "0.1.0",
      candidates: [],
      ...fields,
    })
    .returning()
    .get();
}

export function insertEnrollmentToken(
  db: Db,
  fields: Partial<typeof enrollmentToken.$inferInsert> & { teamId: Team["id"] },
): EnrollmentTokenRow {
  const lookup = randomBytes(6).toString("hex");
  return db
    .insert(enrollmentToken)
    .values({
      lookup,
      secretHash: createHash("sha256").update(lookup).digest("hex"),
      visiblePrefix: "phk_abcdefghi",
      name: "test token",
      maxUses: 1,
      tags: [],
      expiresAt: new Date(Date.now() + 3_600_000),
      ...fields,
    })
    .returning()
    .get();
}

/** That nobody knows the text of. */
export function insertApiToken(
  db: Db,
  fields: Partial<typeof apiToken.$inferInsert> & Pick<ApiTokenRow, "teamId" | "createdBy">,
): ApiTokenRow {
  return db
    .insert(apiToken)
    .values({
      name: "test token",
      secretHash: randomBytes(32).toString("hex"),
      visiblePrefix: "pha_abcdef",
      scopes: ["team.view"],
      expiresAt: new Date(Date.now() + 3_600_000),
      ...fields,
    })
    .returning()
    .get();
}

/** Nothing is ever sent to it: its secret opens with no key. */
export function insertWebhook(
  db: Db,
  fields: Partial<typeof webhook.$inferInsert> & { teamId: Team["id"] },
): WebhookRow {
  return db
    .insert(webhook)
    .values({ name: "test hook", url: "https://hooks.example/", topics: ["device"], sealedSecret: "none", ...fields })
    .returning()
    .get();
}

export function insertDelivery(
  db: Db,
  fields: Partial<typeof webhookDelivery.$inferInsert> & { webhookId: WebhookRow["id"] },
): DeliveryRow {
  return db
    .insert(webhookDelivery)
    .values({ event: "device.rename", body: "{}", dueAt: new Date(), ...fields })
    .returning()
    .get();
}

/** Open to whoever holds a link that nobody knows. */
export function insertInvite(db: Db, fields: Partial<typeof invite.$inferInsert> & { teamId: Team["id"] }): InviteRow {
  return db
    .insert(invite)
    .values({
      role: "member",
      secretHash: randomBytes(32).toString("hex"),
      expiresAt: new Date(Date.now() + 3_600_000),
      ...fields,
    })
    .returning()
    .get();
}

export function insertPolicyVersion(
  db: Db,
  fields: Partial<typeof policyVersion.$inferInsert> & { teamId: Team["id"]; document: string },
): void {
  db.insert(policyVersion)
    .values({ version: 1, message: "test", ...fields })
    .run();
}

/** Direct, and reported by `deviceId` alone. */
export function insertPairPath(
  db: Db,
  fields: Partial<typeof pairPath.$inferInsert> & Pick<typeof pairPath.$inferInsert, "teamId" | "deviceId" | "peerId">,
): void {
  const since = Date.now();
  db.insert(pairPath)
    .values({ path: { kind: "direct", type: "punched", since }, updatedAt: new Date(since), ...fields })
    .run();
}

export function insertPathAttempt(
  db: Db,
  fields: Partial<typeof pathAttempt.$inferInsert> &
    Pick<typeof pathAttempt.$inferInsert, "teamId" | "initiatorId" | "responderId">,
): typeof pathAttempt.$inferSelect {
  return db
    .insert(pathAttempt)
    .values({
      id: newId("att"),
      trigger: "traffic",
      strategy: { stages: [{ kind: "simultaneous", startMs: 0, endMs: 5_000, maxProbes: 64 }], predictedChance: 0.9 },
      startAt: new Date(),
      ...fields,
    })
    .returning()
    .get();
}
