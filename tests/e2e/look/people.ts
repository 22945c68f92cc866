import type { Db } from "@pinhole/drizzle";
import type { Role, Team, User } from "@pinhole/drizzle/schema";
import { insertIdentity, insertMembership, insertPasskey, insertSession, insertUser } from "@pinhole/drizzle/testing";

const HOUR_MS = 3_600_000;

/** Beside the owner, who has every way to sign in. */
const PEOPLE: readonly (readonly [name: string, role: Role, hoursAway: number])[] = [
  ["Bo Lindqvist", "admin", 1],
  ["Chidi Okafor", "network-admin", 5],
  ["Dana Weiss", "operator", 26],
  ["Emil Novak", "member", 73],
];

export function seedPeople(db: Db, team: Team, owner: User, now: number): void {
  insertIdentity(db, { userId: owner.id, issuer: "https://id.example.net/", email: "ana.ruiz@harbour.example.net" });
  insertPasskey(db, { userId: owner.id, name: "Work laptop" });
  for (const [name, role, hoursAway] of PEOPLE) {
    const email = `${name.split(" ")[0]?.toLowerCase()}@example.net`;
    const { id: userId } = insertUser(db, { name, email });
    insertMembership(db, { teamId: team.id, userId, role });
    const lastSeenAt = new Date(now - hoursAway * HOUR_MS);
    insertSession(db, { userId, lastSeenAt, expiresAt: new Date(now + HOUR_MS) });
  }
}
