/** Which lines of the activity log are wanted. */
import { auditEvent } from "@pinhole/drizzle/schema";
import type { TeamId } from "@pinhole/protocol";
import { and, eq, gte, inArray, type like, or, type SQL, sql } from "drizzle-orm";
import * as z from "zod";

const KINDS = {
  devices: ["device"],
  connections: ["connection"],
  policies: ["policy"],
  people: ["member", "invite", "user", "session", "passkey"],
  tokens: ["token", "api-token"],
  team: ["team", "activity"],
} as const;

export const eventFilterSchema = z.object({
  about: z.enum(Object.keys(KINDS) as [keyof typeof KINDS]).optional(),
  /** Words that must all occur in who did it, what it was done to, or the action. */
  search: z.string().max(100).optional(),
  /** Only lines of the last days. */
  days: z.int().min(1).max(3_650).optional(),
});
export type EventFilter = z.output<typeof eventFilterSchema>;

const DAY_MS = 86_400_000;

export function whereOf(teamId: TeamId, { about, search = "", days }: EventFilter, now: Date): SQL | undefined {
  const words = search.split(/\s+/).filter(Boolean);
  return and(
    eq(auditEvent.teamId, teamId),
    about === undefined ? undefined : inArray(auditEvent.objectKind, [...KINDS[about]]),
    days === undefined ? undefined : gte(auditEvent.createdAt, new Date(now.getTime() - days * DAY_MS)),
    ...words.map((word) =>
      or(...[auditEvent.actorName, auditEvent.objectName, auditEvent.action].map((column) => contains(column, word))),
    ),
  );
}

type TextColumn = Parameters<typeof like>[0];

/** `%` and `_` are letters like any other. */
const contains = (column: TextColumn, word: string): SQL =>
  sql`${column} like ${`%${word.replace(/[\\%_]/g, (special) => `\\${special}`)}%`} escape '\\'`;
