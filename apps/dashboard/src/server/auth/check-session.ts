import type { Db } from "@pinhole/drizzle";
import { session, user } from "@pinhole/drizzle/schema";
import { and, eq, gt, isNull } from "drizzle-orm";

export type SignedIn = {
  readonly sessionId: `ses_${string}`;
  readonly verifiedAt: Date;
  readonly user: { readonly id: `usr_${string}`; readonly email: string; readonly name: string };
};

/** How coarsely a session's last use is kept: a write for each request would wear the disk for nothing. */
const LAST_SEEN_STEP_MS = 60_000;

/** Whose session this is; null when it was revoked, ran out or never was. Asked on every request, so revoking works on the next. */
export function checkSession(db: Db, sessionId: string, now: Date): SignedIn | null {
  const row = db
    .select({
      id: session.id,
      lastSeenAt: session.lastSeenAt,
      verifiedAt: session.verifiedAt,
      userId: user.id,
      email: user.email,
      name: user.name,
    })
    .from(session)
    .innerJoin(user, eq(user.id, session.userId))
    .where(and(sessionIs(sessionId), isNull(session.revokedAt), gt(session.expiresAt, now)))
    .get();
  if (row === undefined) return null;
  if (now.getTime() - row.lastSeenAt.getTime() >= LAST_SEEN_STEP_MS) {
    db.update(session).set({ lastSeenAt: now }).where(eq(session.id, row.id)).run();
  }
  return {
    sessionId: row.id,
    verifiedAt: row.verifiedAt,
    user: { id: row.userId, email: row.email, name: row.name },
  };
}

/** An id from outside, of which nothing is known yet. */
const sessionIs = (id: string) => eq(session.id, `ses_${id.replace(/^ses_/, "")}`);
