import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Session, session } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import { and, desc, eq, gt, isNull } from "drizzle-orm";
import type { Refusal } from "../refusal.ts";

type UserId = `usr_${string}`;

/** A sign-in lasts this long at most, used or not. */
export const SESSION_MS = 14 * 24 * 3_600_000;

const MAX_USER_AGENT = 256;

/** A new row for each sign-in: no id from before it is ever taken up (session fixation). */
export function openSession(
  db: Pick<Tx, "insert">,
  { userId, userAgent, address }: { userId: UserId; userAgent: string; address: string },
  now: Date,
): Session {
  return db
    .insert(session)
    .values({
      userId,
      userAgent: userAgent.slice(0, MAX_USER_AGENT),
      address,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(now.getTime() + SESSION_MS),
    })
    .returning()
    .get();
}

/** The user's sessions that still stand, the one used last first. */
export function listSessions(db: Db, userId: UserId, now: Date): Session[] {
  return db
    .select()
    .from(session)
    .where(and(eq(session.userId, userId), isNull(session.revokedAt), gt(session.expiresAt, now)))
    .orderBy(desc(session.lastSeenAt))
    .limit(100)
    .all();
}

/** Ends one of the user's own sessions; somebody else's is not found. */
export function revokeSession(db: Db, userId: UserId, sessionId: string, now: Date): Result<null, Refusal> {
  const revoked = db
    .update(session)
    .set({ revokedAt: now })
    .where(
      and(
        eq(session.userId, userId),
        eq(session.id, `ses_${sessionId.replace(/^ses_/, "")}`),
        isNull(session.revokedAt),
      ),
    )
    .run();
  return revoked.changes === 1 ? ok(null) : err({ code: "session-not-found" });
}
