import { pathAttempt } from "@pinhole/drizzle/schema";
import { err, ok, type Result } from "@pinhole/protocol";
import type { AttemptTrace } from "@pinhole/protocol/control";
import { eq } from "drizzle-orm";
import type { AgentHub } from "./agent-hub.ts";
import type { AgentSession } from "./agent-session.ts";
import type { AttemptParties } from "./punch-desk.ts";

/**
 * Takes down what one side saw of an attempt. Only the two devices of an attempt may speak of it, each for its own side;
 * to everybody else it does not exist.
 */
export function recordTrace(
  hub: AgentHub,
  { deviceId, teamId }: AgentSession,
  trace: AttemptTrace,
): Result<void, "attempt-not-found"> {
  const { attemptId } = trace;
  const parties = hub.desk.partiesOf(attemptId) ?? readParties(hub, attemptId);
  if (parties === undefined || parties.teamId !== teamId) return err("attempt-not-found");
  const isInitiator = parties.initiatorId === deviceId;
  if (!isInitiator && parties.responderId !== deviceId) return err("attempt-not-found");
  if (trace.peerId !== (isInitiator ? parties.responderId : parties.initiatorId)) return err("attempt-not-found");

  // Without a path the other side may still be trying; with one, both are done.
  if (trace.outcome === "direct") hub.desk.land(attemptId);
  hub.writer.put(`trace ${attemptId} ${deviceId}`, {
    run: (tx) => {
      const row = tx.select().from(pathAttempt).where(eq(pathAttempt.id, attemptId)).get();
      if (row === undefined) return;
      const { initiatorTrace, responderTrace } = {
        ...row,
        ...(isInitiator ? { initiatorTrace: trace } : { responderTrace: trace }),
      };
      const traces = [initiatorTrace, responderTrace].filter((side) => side !== null);
      tx.update(pathAttempt)
        .set({ initiatorTrace, responderTrace, outcome: outcomeOf(traces), rttMs: roundTripOf(traces) })
        .where(eq(pathAttempt.id, attemptId))
        .run();
    },
    after: () => hub.bus.publish({ teamId, kind: "attempt", attemptId }),
  });
  return ok(undefined);
}

function readParties(hub: AgentHub, attemptId: AttemptTrace["attemptId"]): AttemptParties | undefined {
  const { teamId, initiatorId, responderId } = pathAttempt;
  return hub.db
    .select({ teamId, initiatorId, responderId })
    .from(pathAttempt)
    .where(eq(pathAttempt.id, attemptId))
    .get();
}

/** One side's word is enough for a path; that there is none takes more than one side's giving way to a newer plan. */
function outcomeOf(traces: readonly AttemptTrace[]): AttemptTrace["outcome"] {
  const outcomes = traces.map(({ outcome }) => outcome);
  if (outcomes.includes("direct")) return "direct";
  return outcomes.includes("no-path") ? "no-path" : "cancelled";
}

function roundTripOf(traces: readonly AttemptTrace[]): number | null {
  const times = traces.flatMap(({ outcome, rttMs }) => (outcome === "direct" && rttMs !== undefined ? [rttMs] : []));
  return times.length === 0 ? null : Math.round(Math.min(...times));
}
