/** Links that sign in once: bound to an account and to nothing else, so that a phone's mail can open the laptop's door. */
import { createHash, randomBytes } from "node:crypto";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { signInLink, type User, user } from "@pinhole/drizzle/schema";
import { err, networkOf, ok, type Result } from "@pinhole/protocol";
import { and, eq, gt, isNull } from "drizzle-orm";
import * as z from "zod";
import { recordEvent } from "../audit/record-event.ts";
import { hasSecondFactor, spendCode } from "../second-factor/check-code.ts";
import { openSession } from "../sessions/sessions.ts";
import type { ProofRefusal, ProofSources } from "./prove-identity.ts";

/** Long enough for mail that takes its time. */
export const LINK_MS = 15 * 60_000;

const BYTES = 32;

/** What stands in `/login/link/…`. */
const secretSchema = z.string().regex(/^[\w-]{43}$/);

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");

/** Returns the secret, which is kept nowhere. */
export function makeSignInLink(
  tx: Pick<Tx, "insert">,
  { userId, by, verifiedAt }: Pick<typeof signInLink.$inferInsert, "userId" | "by" | "verifiedAt">,
  now: Date,
): string {
  const secret = randomBytes(BYTES).toString("base64url");
  const expiresAt = new Date(now.getTime() + LINK_MS);
  tx.insert(signInLink)
    .values({ userId, by, verifiedAt, secretHash: hashOf(secret), expiresAt, createdAt: now })
    .run();
  return secret;
}

/** Ends those that wait. */
export function forgetSignInLinks(tx: Pick<Tx, "delete">, userId: User["id"]): void {
  tx.delete(signInLink)
    .where(and(eq(signInLink.userId, userId), isNull(signInLink.usedAt)))
    .run();
}

export type LinkAttempt = {
  readonly secret: string;
  /** Of the app, or a recovery code; asked for where the account has a second factor. */
  readonly code?: string | undefined;
  readonly address: string;
  readonly userAgent: string;
};

export type LinkRefusal = "link-over" | Exclude<ProofRefusal, "wrong-credentials">;

/** Opens a session; the link is used up by that alone, not by a code that was wrong. */
export function signInWithLink(
  { db, sealingKey, throttles, now }: ProofSources,
  { secret, code = "", address, userAgent }: LinkAttempt,
): Result<{ sessionId: `ses_${string}`; userId: User["id"] }, LinkRefusal> {
  if (!throttles.signInAddress.take(networkOf(address), now())) return err("too-many-tries");
  if (!secretSchema.safeParse(secret).success) return err("link-over");
  const isOpen = and(
    eq(signInLink.secretHash, hashOf(secret)),
    isNull(signInLink.usedAt),
    gt(signInLink.expiresAt, now()),
  );
  return db.transaction(
    (tx): ReturnType<typeof signInWithLink> => {
      const found = tx
        .select({ id: signInLink.id, by: signInLink.by, verifiedAt: signInLink.verifiedAt, account: user })
        .from(signInLink)
        .innerJoin(user, eq(user.id, signInLink.userId))
        .where(isOpen)
        .get();
      if (found === undefined) return err("link-over");
      const { id: userId, name } = found.account;
      if (hasSecondFactor(tx, userId)) {
        if (code === "") return err("code-needed");
        if (!throttles.secondFactor.take(userId, now())) return err("too-many-tries");
        if (spendCode(tx, sealingKey, { userId, code }, now()) === undefined) return err("code-wrong");
        throttles.secondFactor.reset(userId);
      }
      if (tx.update(signInLink).set({ usedAt: now() }).where(isOpen).run().changes !== 1) return err("link-over");
      forgetSignInLinks(tx, userId);
      // At the provider they may have signed in this morning: that counts from then, and not at all where it does not say.
      const verifiedAt = found.by === "mail" ? now() : (found.verifiedAt ?? new Date(0));
      const session = openSession(tx, { userId, userAgent, address, verifiedAt }, now());
      const author = { kind: "user", id: userId, name, address } as const;
      const object = { kind: "session", id: session.id, name: session.userAgent };
      const after = { by: found.by === "mail" ? "mail-link" : "provider" };
      recordEvent(tx, { teamId: null, author, action: "session.open", object, after }, now());
      return ok({ sessionId: session.id, userId });
    },
    { behavior: "immediate" },
  );
}
