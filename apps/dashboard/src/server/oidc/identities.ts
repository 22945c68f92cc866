/** The sign-ins at a provider that are connected to an account. */
import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type OidcIdentity, oidcIdentity, type User } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, asc, eq } from "drizzle-orm";
import type { Author } from "../actor.ts";
import { recordEvent } from "../audit/record-event.ts";
import { hasOtherWayIn } from "../auth/other-way-in.ts";
import { forgetSignInLinks } from "../auth/sign-in-link.ts";
import type { Refusal } from "../refusal.ts";
import type { Person } from "../second-factor/person.ts";
import type { Claims } from "./claims.ts";

type UserId = User["id"];

export function listIdentities(db: Db, userId: UserId) {
  return db
    .select({
      id: oidcIdentity.id,
      issuer: oidcIdentity.issuer,
      email: oidcIdentity.email,
      createdAt: oidcIdentity.createdAt,
      lastUsedAt: oidcIdentity.lastUsedAt,
    })
    .from(oidcIdentity)
    .where(eq(oidcIdentity.userId, userId))
    .orderBy(asc(oidcIdentity.createdAt))
    .limit(100)
    .all();
}

type Connecting = {
  readonly account: Pick<User, "id" | "name">;
  readonly issuer: string;
  readonly claims: Claims;
  readonly author: Author;
  /** Why it was let to be. */
  readonly by: "settings" | "trusted-domain" | "invite";
};

/** The identity must be nobody's. */
export function connectIdentity(tx: Tx, { account, issuer, claims, author, by }: Connecting, now: Date): void {
  const { subject, email } = claims;
  tx.insert(oidcIdentity).values({ userId: account.id, issuer, subject, email, createdAt: now }).run();
  const object = { kind: "user", id: account.id, name: account.name };
  recordEvent(tx, { teamId: null, author, action: "identity.connect", object, after: { issuer, email, by } }, now);
}

type Disconnecting = {
  readonly identityId: string;
  /** Of the provider that is set up; another's lets nobody in. */
  readonly issuer: string | undefined;
};

/** Also ends the sign-ins through it that are under way. */
export function disconnectIdentity(
  db: Db,
  person: Person,
  { identityId, issuer }: Disconnecting,
  now: Date,
): Result<null, Refusal> {
  if (!person.isSteppedUp) return err({ code: "step-up-needed" });
  return db.transaction(
    (tx): Result<null, Refusal> => {
      const isIt = and(
        eq(oidcIdentity.id, `oid_${identityId.replace(/^oid_/, "")}`),
        eq(oidcIdentity.userId, person.id),
      );
      const found = tx.select().from(oidcIdentity).where(isIt).get();
      if (found === undefined) return err({ code: "identity-not-found" });
      if (!hasOtherWayIn(tx, { userId: person.id, without: found.id, issuer })) return err({ code: "last-way-in" });
      const gone = tx.delete(oidcIdentity).where(isIt).returning().all();
      forgetSignInLinks(tx, person.id);
      const author = { kind: "user", id: person.id, name: person.name, address: person.address } as const;
      recordGone(tx, { gone, author, account: person }, now);
      return ok(null);
    },
    { behavior: "immediate" },
  );
}

/** Whoever connected one must not come back by it. */
export function forgetIdentities(tx: Tx, { author, account }: Omit<Going, "gone">, now: Date): void {
  const gone = tx.delete(oidcIdentity).where(eq(oidcIdentity.userId, account.id)).returning().all();
  recordGone(tx, { gone, author, account }, now);
}

type Going = {
  readonly gone: readonly OidcIdentity[];
  readonly author: Author;
  readonly account: Pick<User, "id" | "name">;
};

function recordGone(tx: Tx, { gone, author, account }: Going, now: Date): void {
  const object = { kind: "user", id: account.id, name: account.name };
  for (const { issuer, email } of gone) {
    const before = { issuer, email };
    recordEvent(tx, { teamId: null, author, action: "identity.disconnect", object, before }, now);
  }
}
