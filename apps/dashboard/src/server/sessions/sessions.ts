import type { Db } from "@pinhole/drizzle";
import type { Tx } from "@pinhole/drizzle/append-revision";
import { type Session, session } from "@pinhole/drizzle/schema";
import { err, ok, type Result, toVisible } from "@pinhole/protocol";
import { and, desc, eq, gt, isNull, ne, type SQL } from "drizzle-orm";
import { recordEvent } from "../audit/record-event.ts";
import type { Refusal } from "../refusal.ts";

type UserId = `usr_${string}`;

/** A sign-in lasts this long at most, used or not. */
export const SESSION_MS = 14 * 24 * 3_600_000;

const MAX_USER_AGENT = 256;

type Opening = {
  readonly userId: UserId;
  readonly userAgent: string;
  readonly address: string;
  /** When they last proved who they are. @default now */
  readonly verifiedAt?: Date;
};

/** A new row for each sign-in: no id from before it is ever taken up (session fixation). */
export function openSession(
  db: Pick<Tx, "insert">,
  { userId, userAgent, address, verifiedAt }: Opening,
  now: Date,
): Session {
  return db
    .insert(session)
    .values({
      userId,
      userAgent: toVisible(userAgent.slice(0, MAX_USER_AGENT)),
      address,
      createdAt: now,
      lastSeenAt: now,
      verifiedAt: verifiedAt ?? now,
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

/** Who ends sessions: for the activity log as well. */
export type Holder = { readonly id: UserId; readonly name: string; readonly address: string | null };

/** Ends one of the user's own sessions; somebody else's is not found. */
export function revokeSession(db: Db, holder: Holder, sessionId: string, now: Date): Result<null, Refusal> {
  const isIt = eq(session.id, `ses_${sessionId.replace(/^ses_/, "")}`);
  return endSessions(db, { holder, which: isIt }, now) === 1 ? ok(null) : err({ code: "session-not-found" });
}

/** Ends all of the user's own sessions but one. Returns how many. */
export function revokeOtherSessions(db: Db, holder: Holder, kept: `ses_${string}`, now: Date): number {
  return endSessions(db, { holder, which: and(ne(session.id, kept), gt(session.expiresAt, now)) }, now);
}

type Ending = { readonly holder: Holder; readonly which: SQL | undefined };

function endSessions(db: Db, { holder, which }: Ending, now: Date): number {
  return db.transaction((tx) => {
    const ended = tx
      .update(session)
      .set({ revokedAt: now })
      .where(and(eq(session.userId, holder.id), isNull(session.revokedAt), which))
      .returning()
      .all();
    for (const { id, userAgent } of ended) {
      recordEvent(
        tx,
        {
          teamId: null,
          author: { kind: "user", ...holder },
          action: "session.revoke",
          object: { kind: "session", id, name: userAgent },
        },
        now,
      );
    }
    return ended.length;
  });
}
