/** What went wrong before the first probe: no plan, none in time, or nothing to send to. */
import { eventsOf, other } from "../crossing.ts";
import { type Case, type Cause, type Decider, SIDES, sideOf } from "./cause.ts";

export const decideRequest: Decider = ({ evidence, sides }) => {
  if (evidence.request === "unanswered") {
    return { code: "signal_timeout", side: null, facts: [{ kind: "plan-unanswered", side: "a", measured: true }] };
  }
  if (evidence.request !== "no-candidates") return undefined;
  // It is refused for want of either side's; whose it was is not said.
  const isOwn = sides.a.candidates.length === 0;
  return {
    code: "candidate_gather_timeout",
    side: isOwn ? "a" : "b",
    facts: [{ kind: "no-candidates", side: isOwn ? "a" : "b", measured: isOwn }],
  };
};

export const decideCandidates: Decider = ({ sides, wasTried }) => {
  if (!wasTried) return undefined;
  const without = SIDES.filter((side) => sides[side].trace !== null && sides[side].candidates.length === 0);
  if (without.length === 0) return undefined;
  return {
    code: "candidate_gather_timeout",
    side: sideOf(without),
    facts: without.map((side) => ({ kind: "no-candidates", side, measured: true })),
  };
};

/** A side heard of the plan when the other had given up: by more than both clocks may be off. */
export const decideLateness: Decider = (pair) => {
  const late = SIDES.find((side) => isLate(pair, side));
  return late && lateness(late);
};

function isLate({ sides }: Case, side: "a" | "b"): boolean {
  const [own, others] = [sides[side].trace, sides[other(side)].trace];
  const [received] = eventsOf(own, "plan-received");
  const [gaveUp] = eventsOf(others, "gave-up");
  if (own === null || others === null || received === undefined || gaveUp === undefined) return false;
  return received.atMs - gaveUp.atMs > own.clockUncertaintyMs + others.clockUncertaintyMs;
}

function lateness(side: "a" | "b"): Cause {
  return { code: "signal_timeout", side, facts: [{ kind: "plan-late", side, measured: true }] };
}

export const decideCancelled: Decider = ({ sides }) => {
  const cancelled = SIDES.filter((side) => sides[side].trace?.outcome === "cancelled");
  if (cancelled.length === 0) return undefined;
  return {
    code: "cancelled",
    side: sideOf(cancelled),
    facts: cancelled.map((side) => ({ kind: "cancelled", side, measured: true })),
  };
};
