import type { Db } from "@pinhole/drizzle";
import { auditEvent } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, desc, eq, lt, or } from "drizzle-orm";
import { type EventFilter, whereOf } from "./event-filter.ts";

/** The last line of the page before; the next page begins below it, however many lines were added above. */
export type EventCursor = { readonly at: Date; readonly id: `aud_${string}` };

type Page = { readonly cursor: EventCursor | null; readonly limit: number; readonly filter: EventFilter };

export function listEvents(db: Db, teamId: TeamId, { cursor, limit, filter }: Page, now: Date) {
  const below =
    cursor === null
      ? undefined
      : or(lt(auditEvent.createdAt, cursor.at), and(eq(auditEvent.createdAt, cursor.at), lt(auditEvent.id, cursor.id)));
  const rows = db
    .select()
    .from(auditEvent)
    .where(and(whereOf(teamId, filter, now), below))
    .orderBy(desc(auditEvent.createdAt), desc(auditEvent.id))
    .limit(limit + 1)
    .all();
  const events = rows.slice(0, limit);
  const last = rows.length > limit ? events.at(-1) : undefined;
  return { events, nextCursor: last === undefined ? null : { at: last.createdAt, id: last.id } };
}
