import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { invite, membership, type Role, type Team, team, user } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { eq } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import { findMember } from "../members/find-member.ts";
import type { Refusal } from "../refusal.ts";
import { findInvite, isOpen } from "./view-invite.ts";

type Person = { readonly id: `usr_${string}`; readonly email: string; readonly name: string };
export type Joined = { readonly team: Team; readonly role: Role };

type Accepting = { readonly secret: string; readonly person: Person; readonly address: string };

/** Makes who is signed in a member. Of many who try with one link at the same moment, one is. */
export function acceptInvite(db: Db, accepting: Accepting, now: Date): Result<Joined, Refusal> {
  return db.transaction((tx) => join(tx, accepting, now), { behavior: "immediate" });
}

type Registering = {
  readonly secret: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly address: string;
};

/** For who has no account: makes one and joins with it. Neither stands without the other. */
export function registerWithInvite(db: Db, input: Registering, now: Date): Result<Joined, Refusal> {
  const { secret, email, name, passwordHash, address } = input;
  return db.transaction(
    (tx): Result<Joined, Refusal> => {
      const found = findInvite(tx, secret, now);
      if (found === undefined) return err({ code: "invite-not-found" });
      if (found.email !== null && found.email !== email) return err({ code: "invite-for-another" });
      // Only who holds an open link learns whether an address has an account.
      if (tx.select({ id: user.id }).from(user).where(eq(user.email, email)).get() !== undefined)
        return err({ code: "email-taken" });
      const person = tx.insert(user).values({ email, name, passwordHash, createdAt: now }).returning().get();
      return join(tx, { secret, person, address }, now);
    },
    { behavior: "immediate" },
  );
}

function join(tx: Tx, { secret, person, address }: Accepting, now: Date): Result<Joined, Refusal> {
  const found = findInvite(tx, secret, now);
  if (found === undefined) return err({ code: "invite-not-found" });
  if (found.email !== null && found.email !== person.email) return err({ code: "invite-for-another" });
  if (findMember(tx, found.teamId, person.id) !== undefined) return err({ code: "member-already" });
  const used = tx.update(invite).set({ acceptedAt: now, acceptedBy: person.id }).where(isOpen(secret, now)).run();
  const joined = tx.select().from(team).where(eq(team.id, found.teamId)).get();
  if (used.changes !== 1 || joined === undefined) return err({ code: "invite-not-found" });
  tx.insert(membership).values({ teamId: joined.id, userId: person.id, role: found.role, createdAt: now }).run();
  recordEvent(
    tx,
    {
      teamId: joined.id,
      author: { kind: "user", id: person.id, name: person.name, address },
      action: "member.join",
      object: { kind: "member", id: person.id, name: person.name },
      after: { role: found.role, invite: found.id },
    },
    now,
  );
  return ok({ team: joined, role: found.role });
}
