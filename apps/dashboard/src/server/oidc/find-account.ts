/** Whose account it is that a provider vouches for, and who gets one. */
import type { Tx } from "@pinhole/drizzle/append-revision";
import { invite, oidcIdentity, type User, user } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, eq, gt, isNull } from "drizzle-orm";
import type { OidcSettings } from "../../oidc-settings.ts";
import { recordEvent } from "../audit/record-event.ts";
import { isPasswordHash, NO_PASSWORD } from "../auth/password.ts";
import { displayNameSchema } from "../display-name.ts";
import type { Claims } from "./claims.ts";
import { connectIdentity } from "./identities.ts";

export type AccountRefusal =
  /** Nobody is known by it, and an address that may be somebody else's finds nobody. */
  | "email-unverified"
  /** There is an account of that address, maybe not its owner's: who signs in to it connects it. */
  | "connect-first"
  /** There is no account, and nobody asked for one. */
  | "no-invite";

type Finding = {
  readonly settings: Pick<OidcSettings, "issuer" | "trustedDomains">;
  readonly claims: Claims;
  readonly address: string;
};

/** Who is connected is found by the provider's own name for them: their address may have changed, and be another's since. */
export function findAccount(
  tx: Tx,
  { settings, claims, address }: Finding,
  now: Date,
): Result<User["id"], AccountRefusal> {
  const { issuer, trustedDomains } = settings;
  const isIt = and(eq(oidcIdentity.issuer, issuer), eq(oidcIdentity.subject, claims.subject));
  const known = tx.update(oidcIdentity).set({ lastUsedAt: now }).where(isIt).returning().get();
  if (known !== undefined) return ok(known.userId);

  const { email, isVerified } = claims;
  if (email === null || !isVerified) return err("email-unverified");
  const isTrusted = trustedDomains.includes(email.slice(email.lastIndexOf("@") + 1));
  const found = tx.select().from(user).where(eq(user.email, email)).get();
  if (found !== undefined && !(isTrusted && isVouchedFor(tx, found))) return err("connect-first");
  if (found === undefined && !isTrusted && !isInvited(tx, email, now)) return err("no-invite");
  const account = found ?? makeAccount(tx, { email, name: claims.name, address }, now);
  const author = { kind: "user", id: account.id, name: account.name, address } as const;
  connectIdentity(tx, { account, issuer, claims, author, by: isTrusted ? "trusted-domain" : "invite" }, now);
  return ok(account.id);
}

/**
 * Whether the account was its address's owner's from the beginning. Anybody registers with any address by a link that is
 * bound to none: whoever did that with somebody else's knows the password, and waits for the owner to be let in to it.
 * A mailed link that signed in says no more: it lets the owner in, and does not put the other out.
 */
function isVouchedFor(tx: Pick<Tx, "select">, { id, email, passwordHash, createdAt }: User): boolean {
  // One without a password was made below.
  if (!isPasswordHash(passwordHash)) return true;
  // Made by it, at one moment: one that was accepted later says nothing of who had made the account.
  const hasMadeIt = and(eq(invite.acceptedBy, id), eq(invite.email, email), eq(invite.acceptedAt, createdAt));
  return tx.select({ id: invite.id }).from(invite).where(hasMadeIt).get() !== undefined;
}

function isInvited(tx: Pick<Tx, "select">, email: string, now: Date): boolean {
  const isPending = and(isNull(invite.acceptedAt), isNull(invite.revokedAt), gt(invite.expiresAt, now));
  return (
    tx
      .select({ id: invite.id })
      .from(invite)
      .where(and(eq(invite.email, email), isPending))
      .get() !== undefined
  );
}

type Making = { readonly email: string; readonly name: string | null; readonly address: string };

/** In no team: joining takes the link of an invite. */
function makeAccount(tx: Tx, { email, name, address }: Making, now: Date): User {
  const local = displayNameSchema.safeParse(email.slice(0, email.lastIndexOf("@")).slice(0, 63));
  const called = name ?? (local.success ? local.data : "Somebody");
  const account = tx
    .insert(user)
    .values({ email, name: called, passwordHash: NO_PASSWORD, createdAt: now })
    .returning()
    .get();
  const author = { kind: "user", id: account.id, name: called, address } as const;
  const object = { kind: "user", id: account.id, name: called };
  recordEvent(tx, { teamId: null, author, action: "user.create", object, after: { email } }, now);
  return account;
}
