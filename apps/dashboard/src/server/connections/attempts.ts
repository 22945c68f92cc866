/** Attempts as rows, turned to the pair's two sides. */
import type { Db } from "@pinhole/drizzle";
import { pathAttempt } from "@pinhole/drizzle/schema";
import type { AttemptId, DeviceId, TeamId } from "@pinhole/protocol";
import type { Candidate, NatProfile, Trigger } from "@pinhole/protocol/control";
import {
  type MergedEvent,
  mergeTraces,
  type TechniqueReport,
  techniquesOf,
  type Traces,
} from "@pinhole/protocol/explain";
import { and, desc, eq, or, sql } from "drizzle-orm";
import { newPair, type Pair, pairId, type Side } from "./pair.ts";

export type AttemptRow = typeof pathAttempt.$inferSelect;

export type AttemptSummary = {
  readonly id: AttemptId;
  readonly trigger: Trigger;
  readonly startAt: Date;
  /** Null: no side has reported yet. */
  readonly outcome: "direct" | "no-path" | "cancelled" | null;
  readonly rttMs: number | null;
  readonly predictedChance: number;
  readonly initiator: Side;
};

/** What one side recorded; null as long as it has not reported. */
export type AttemptSide = {
  readonly outcome: "direct" | "no-path" | "cancelled";
  readonly endpoint: string | null;
  readonly rttMs: number | null;
  readonly candidates: readonly Candidate[];
  readonly natProfile: NatProfile | null;
  /** How far this side's event times may be off. */
  readonly clockUncertaintyMs: number;
} | null;

export type AttemptDetail = AttemptSummary & {
  readonly sides: Readonly<Record<Side, AttemptSide>>;
  /** Both sides' events in the order of the server's clock, in milliseconds after the start. */
  readonly events: readonly MergedEvent[];
  readonly techniques: readonly TechniqueReport[];
};

/** An attempt of which nothing was heard for this long after its start is not running any more. */
export const ATTEMPT_RUNS_MS = 15_000;

const MAX_ATTEMPTS = 20;

/** The pair's last attempts, the newest first. */
export function listAttempts(db: Db, teamId: TeamId, pair: Pair): AttemptRow[] {
  return db
    .select()
    .from(pathAttempt)
    .where(and(eq(pathAttempt.teamId, teamId), or(between(pair.a, pair.b), between(pair.b, pair.a))))
    .orderBy(desc(pathAttempt.startAt))
    .limit(MAX_ATTEMPTS)
    .all();
}

export function findAttempt(db: Db, teamId: TeamId, pair: Pair, id: AttemptId): AttemptRow | undefined {
  const row = db
    .select()
    .from(pathAttempt)
    .where(and(eq(pathAttempt.id, id), eq(pathAttempt.teamId, teamId)))
    .get();
  return row !== undefined && pairId(newPair(row.initiatorId, row.responderId)) === pairId(pair) ? row : undefined;
}

export type LastAttempt = { readonly startAt: Date; readonly outcome: AttemptSummary["outcome"] };

/** The newest attempt of each pair of the team, by pair id. */
export function lastAttempts(db: Db, teamId: TeamId): Map<string, LastAttempt & { readonly pair: Pair }> {
  const rows = db
    .select({
      initiatorId: pathAttempt.initiatorId,
      responderId: pathAttempt.responderId,
      outcome: pathAttempt.outcome,
      // With max(), SQLite takes the other columns from the row that holds the maximum.
      startAt: sql<number>`max(${pathAttempt.startAt})`,
    })
    .from(pathAttempt)
    .where(eq(pathAttempt.teamId, teamId))
    .groupBy(pathAttempt.initiatorId, pathAttempt.responderId)
    .all();
  const last = new Map<string, LastAttempt & { pair: Pair }>();
  for (const { initiatorId, responderId, outcome, startAt } of rows) {
    const pair = newPair(initiatorId, responderId);
    const known = last.get(pairId(pair));
    if (known === undefined || known.startAt.getTime() < startAt)
      last.set(pairId(pair), { pair, startAt: new Date(startAt), outcome });
  }
  return last;
}

export const isRunning = (attempt: LastAttempt | undefined, now: Date) =>
  attempt !== undefined && attempt.outcome === null && now.getTime() - attempt.startAt.getTime() < ATTEMPT_RUNS_MS;

export function summarizeAttempt(row: AttemptRow, pair: Pair): AttemptSummary {
  return {
    id: row.id,
    trigger: row.trigger,
    startAt: row.startAt,
    outcome: row.outcome,
    rttMs: row.rttMs,
    predictedChance: row.strategy?.predictedChance ?? 0,
    initiator: row.initiatorId === pair.a ? "a" : "b",
  };
}

export function detailAttempt(row: AttemptRow, pair: Pair): AttemptDetail {
  const summary = summarizeAttempt(row, pair);
  const traces = tracesOf(row, pair.a);
  return {
    ...summary,
    sides: { a: toSide(traces.a), b: toSide(traces.b) },
    events: mergeTraces(traces),
    techniques: techniquesOf(traces, row.strategy),
  };
}

/** `a`: whose record comes first. */
export function tracesOf(row: AttemptRow, a: DeviceId): Traces {
  const { initiatorId, initiatorTrace, responderTrace } = row;
  return initiatorId === a ? { a: initiatorTrace, b: responderTrace } : { a: responderTrace, b: initiatorTrace };
}

function toSide(trace: AttemptRow["initiatorTrace"]): AttemptSide {
  if (trace === null) return null;
  const { outcome, endpoint, rttMs, candidates, natProfile, clockUncertaintyMs } = trace;
  return { outcome, endpoint: endpoint ?? null, rttMs: rttMs ?? null, candidates, natProfile, clockUncertaintyMs };
}

const between = (initiatorId: Pair["a"], responderId: Pair["b"]) =>
  and(eq(pathAttempt.initiatorId, initiatorId), eq(pathAttempt.responderId, responderId));
