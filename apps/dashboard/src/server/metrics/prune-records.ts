/** Forgets what nobody will look at again, a bounded number of rows at a time: the event loop waits for each statement. */
import type { Db } from "@pinhole/drizzle";
import { metricSample, pathAttempt, revision } from "@pinhole/drizzle/schema";
import { and, eq, gt, inArray, isNull, lt, max, ne, or, sql } from "drizzle-orm";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const RAW_METRICS_MS = 24 * HOUR_MS;
/** Failures are what people come back to. */
export const FAILED_ATTEMPTS_MS = 30 * DAY_MS;
export const OTHER_ATTEMPTS_MS = 7 * DAY_MS;
export const ATTEMPTS_PER_PAIR = 50;
/** Agents that were away for longer get a whole netmap. */
export const REVISIONS_PER_TEAM = 20_000;

const MAX_ROWS = 5_000;

/** `more`: there is as much again; ask soon. */
export function pruneRecords(db: Db, now: Date): "done" | "more" {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const oldSamples = db
    .select({ rowid: sql`rowid` })
    .from(metricSample)
    .where(lt(metricSample.at, ago(RAW_METRICS_MS)))
    .limit(MAX_ROWS);
  const samples = db.delete(metricSample).where(inArray(sql`rowid`, oldSamples)).run();

  const { id, outcome, startAt } = pathAttempt;
  const isStale = or(
    lt(startAt, ago(FAILED_ATTEMPTS_MS)),
    and(or(isNull(outcome), ne(outcome, "no-path")), lt(startAt, ago(OTHER_ATTEMPTS_MS))),
  );
  const stale = db
    .delete(pathAttempt)
    .where(inArray(id, db.select({ id }).from(pathAttempt).where(isStale).limit(MAX_ROWS)))
    .run();
  const excess = db
    .delete(pathAttempt)
    .where(inArray(id, excessAttempts(db)))
    .run();

  for (const { teamId, newest } of newestRevisions(db)) {
    db.delete(revision)
      .where(and(eq(revision.teamId, teamId), lt(revision.revision, newest - REVISIONS_PER_TEAM)))
      .run();
  }
  return [samples, stale, excess].some(({ changes }) => changes === MAX_ROWS) ? "more" : "done";
}

/** A pair that keeps trying keeps its newest attempts, whoever of the two began them. */
function excessAttempts(db: Db) {
  const { id, initiatorId, responderId, startAt } = pathAttempt;
  const ranked = db
    .select({
      id,
      rank: sql<number>`row_number() over (
        partition by min(${initiatorId}, ${responderId}), max(${initiatorId}, ${responderId})
        order by ${startAt} desc, ${id} desc)`.as("rank"),
    })
    .from(pathAttempt)
    .as("ranked");
  return db.select({ id: ranked.id }).from(ranked).where(gt(ranked.rank, ATTEMPTS_PER_PAIR)).limit(MAX_ROWS);
}

function newestRevisions(db: Db): { teamId: `team_${string}`; newest: number }[] {
  return db
    .select({ teamId: revision.teamId, newest: max(revision.revision) })
    .from(revision)
    .groupBy(revision.teamId)
    .all()
    .map(({ teamId, newest }) => ({ teamId, newest: newest ?? 0 }));
}
