import type { Tx } from "@pinhole/drizzle/append-revision";
import { type OidcIdentity, oidcIdentity, type Passkey, passkey, type User, user } from "@pinhole/drizzle/schema";
import { and, eq } from "drizzle-orm";
import { isPasswordHash } from "./password.ts";

type Leaving = {
  readonly userId: User["id"];
  /** What is about to go. */
  readonly without: OidcIdentity["id"] | Passkey["id"];
  /** Of the provider that is set up; another's lets nobody in. */
  readonly issuer: string | undefined;
};

/** Whether somebody gets in once one of their ways is gone. Mailed links do not count: the mail server may be gone tomorrow. */
export function hasOtherWayIn(tx: Pick<Tx, "select">, { userId, without, issuer }: Leaving): boolean {
  if (hasPassword(tx, userId)) return true;
  const passkeys = tx.select({ id: passkey.id }).from(passkey).where(eq(passkey.userId, userId)).all();
  if (passkeys.some(({ id }) => id !== without)) return true;
  if (issuer === undefined) return false;
  const isUsable = and(eq(oidcIdentity.userId, userId), eq(oidcIdentity.issuer, issuer));
  const identities = tx.select({ id: oidcIdentity.id }).from(oidcIdentity).where(isUsable).all();
  return identities.some(({ id }) => id !== without);
}

export function hasPassword(tx: Pick<Tx, "select">, userId: User["id"]): boolean {
  const found = tx.select({ hash: user.passwordHash }).from(user).where(eq(user.id, userId)).get();
  return found !== undefined && isPasswordHash(found.hash);
}
