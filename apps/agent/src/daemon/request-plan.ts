import type { PunchRequest } from "@pinhole/protocol/control";
import type { SessionCalls } from "../control/session-calls.ts";
import type { EngineDriver } from "./engine-driver.ts";

/** Asks the dashboard for a plan, and tells the engine what it says; the plan itself comes as an event. */
export async function requestPlan(calls: SessionCalls, engine: EngineDriver, request: PunchRequest): Promise<void> {
  const { peerId } = request;
  const answer = await calls.requestPunch(request);
  engine.tell((paths) =>
    answer.ok ? paths.onPunchPlanned(peerId, answer.value.attemptId) : paths.onPunchRefused(peerId, answer.error),
  );
}
