/** Who races in tests, and what became of it. */
import { randomBytes } from "node:crypto";
import type { Db } from "@pinhole/drizzle";
import { auditEvent, membership, type Team } from "@pinhole/drizzle/schema";
import { insertMembership, insertTeam, insertUser } from "@pinhole/drizzle/testing";
import { toBase64Url } from "@pinhole/protocol";
import { capabilitiesOf } from "@pinhole/protocol/team";
import { and, eq } from "drizzle-orm";
import { createToken, tokenInputSchema } from "../tokens/create-token.ts";

export const NOW = new Date("2026-01-02T03:04:05Z");

export type UserId = `usr_${string}`;

/** Has so many owners. */
export function newTeam(db: Db, count: number): { team: Team; owners: UserId[] } {
  const team = insertTeam(db, { ipv4Range: "100.64.16.0/20", ipv6Range: "fd00::/48" });
  const owners = Array.from({ length: count }, () => insertUser(db).id);
  for (const userId of owners) insertMembership(db, { teamId: team.id, userId, role: "owner" });
  return { team, owners };
}

export function actorOf({ id: teamId }: Team, id: string) {
  return {
    kind: "user",
    id,
    name: "x",
    address: null,
    teamId,
    role: "owner",
    capabilities: capabilitiesOf("owner"),
    isSteppedUp: true,
  } as const;
}

export function newMachine(token: string) {
  const host = { os: "linux", arch: "x64", hostname: "nas", agentVersion: "0.1.0" };
  const [identityKey, nodeKey] = [toBase64Url(randomBytes(32)), toBase64Url(randomBytes(32))];
  return { token, name: "nas", identityKey, nodeKey, host, address: "192.0.2.1" };
}

export function eventsOf(db: Db, { id }: Team, action: string) {
  return db
    .select()
    .from(auditEvent)
    .where(and(eq(auditEvent.teamId, id), eq(auditEvent.action, action)))
    .all();
}

export function ownersOf(db: Db, { id }: Team): string[] {
  const isOwner = and(eq(membership.teamId, id), eq(membership.role, "owner"));
  return db
    .select()
    .from(membership)
    .where(isOwner)
    .all()
    .map(({ userId }) => userId);
}

/** An enrollment token of an owner. */
export function newToken(
  db: Db,
  team: Team,
  { owner, uses }: { readonly owner: UserId; readonly uses: number },
): string {
  const wanted = { ...tokenInputSchema.parse({ maxUses: uses }), fingerprint: new Uint8Array(16) };
  const made = createToken(db, actorOf(team, owner), wanted, NOW);
  if (!made.ok) throw new Error(made.error.code);
  return made.value.token;
}

export const sorted = (codes: readonly string[]) => codes.toSorted((x, y) => x.localeCompare(y));
