/** One pair with everything that explains it. */
import type { Db } from "@pinhole/drizzle";
import { type Device, pairPath, team } from "@pinhole/drizzle/schema";
import { type AttemptId, type DeviceId, err, ok, type Result, type TeamId } from "@pinhole/protocol";
import type { Candidate, NatProfile } from "@pinhole/protocol/control";
import type { PairEvidence, Traces } from "@pinhole/protocol/explain";
import { and, eq } from "drizzle-orm";
import { findDevice } from "../devices/find-device.ts";
import type { Asking, Sight } from "../devices/sight.ts";
import type { HubPort } from "../hub-port.ts";
import type { Refusal } from "../refusal.ts";
import {
  type AttemptDetail,
  type AttemptRow,
  type AttemptSummary,
  detailAttempt,
  findAttempt,
  listAttempts,
  summarizeAttempt,
  tracesOf,
} from "./attempts.ts";
import { type ConnectionSummary, summarizeConnection } from "./connection-summary.ts";
import { namePath, withoutEndpoint } from "./named-path.ts";
import { newPair } from "./pair.ts";
import type { Report } from "./pair-state.ts";
import { type Verdict, verdict } from "./verdict.ts";

export type ConnectionSide = {
  /** What this side last said of its path to the other; history when the pair's state is `offline`. */
  readonly report: Report | null;
  readonly natProfile: NatProfile | null;
  readonly candidates: readonly Candidate[];
};

export type ConnectionDetail = ConnectionSummary & {
  readonly verdict: Verdict;
  readonly sides: { readonly a: ConnectionSide; readonly b: ConnectionSide };
  /** The newest first. */
  readonly attempts: readonly AttemptSummary[];
  /** The one that was asked for, else the newest. */
  readonly attempt: AttemptDetail | null;
};

type Input = { readonly a: DeviceId; readonly b: DeviceId; readonly attemptId?: AttemptId | undefined };

export function getConnection(
  { db, hub }: { db: Db; hub: HubPort },
  { teamId, sight }: Asking,
  input: Input,
  now: Date,
): Result<ConnectionDetail, Refusal> {
  const pair = newPair(input.a, input.b);
  const [a, b] = [findDevice(db, teamId, pair.a), findDevice(db, teamId, pair.b)];
  if (a === undefined || b === undefined || a.id === b.id || !sight.seesPair(a.id, b.id))
    return err({ code: "connection-not-found" });

  const isHidden = { a: !sight.locates(a.id), b: !sight.locates(b.id) };
  const isKept = isHidden.a || isHidden.b;
  const rows = listAttempts(db, teamId, pair);
  const chosen = input.attemptId === undefined ? rows[0] : findAttempt(db, teamId, pair, input.attemptId);
  if (chosen === undefined && input.attemptId !== undefined) return err({ code: "attempt-not-found" });

  const reports = { a: findReport(db, sight, [a, b]), b: findReport(db, sight, [b, a]) };
  const summary = summarizeConnection({ a, b, hub, reports, lastAttempt: rows[0], now });
  return ok({
    ...summary,
    verdict: verdict({
      names: { a: a.name, b: b.name },
      isOnline: { a: summary.a.online, b: summary.b.online },
      state: summary.state,
      isTrying: summary.isTrying,
      evidence: isKept ? KEPT : { ...evidenceOf({ a, b }, rows), maySpray: findTeam(db, teamId)?.maySpray },
    }),
    sides: {
      a: { report: reports.a, ...(isHidden.a ? UNLOCATED : locatedAt(a)) },
      b: { report: reports.b, ...(isHidden.b ? UNLOCATED : locatedAt(b)) },
    },
    attempts: rows.map((row) => summarizeAttempt(row, pair)),
    attempt: chosen === undefined || isKept ? null : detailAttempt(chosen, pair),
  });
}

const UNLOCATED = { natProfile: null, candidates: [] } as const;

/** Of a pair of which one must not learn where the other is, that alone explains it, as it does to the agents. */
const KEPT: PairEvidence = { a: { ...UNLOCATED, trace: null }, b: null, isRelayOnly: true };

const locatedAt = ({ natProfile, candidates }: Device) => ({ natProfile, candidates });

/** The last attempt that ended: one that runs says nothing yet. */
function evidenceOf({ a, b }: Record<"a" | "b", Device>, rows: readonly AttemptRow[]): PairEvidence {
  const newest = rows.find(({ outcome }) => outcome !== null);
  const traces = newest === undefined ? { a: null, b: null } : tracesOf(newest, a.id);
  const side = ({ candidates, natProfile }: Device, trace: Traces["a"]) => ({ candidates, natProfile, trace });
  return { a: side(a, traces.a), b: side(b, traces.b), strategy: newest?.strategy };
}

function findTeam(db: Db, teamId: TeamId) {
  return db.select({ maySpray: team.maySpray }).from(team).where(eq(team.id, teamId)).get();
}

function findReport(
  db: Db,
  sight: Sight,
  [{ id: deviceId, teamId }, { id: peerId }]: readonly [Device, Device],
): Report | null {
  const row = db
    .select({ path: pairPath.path, reason: pairPath.reason, updatedAt: pairPath.updatedAt })
    .from(pairPath)
    .where(and(eq(pairPath.deviceId, deviceId), eq(pairPath.peerId, peerId)))
    .get();
  if (row === undefined) return null;
  return {
    ...row,
    path: namePath(sight.locates(peerId) ? row.path : withoutEndpoint(row.path), (relay) =>
      sight.sees(relay) ? findDevice(db, teamId, relay)?.name : undefined,
    ),
  };
}
