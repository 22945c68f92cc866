/** Two sides with NATs of a kind, and what each recorded: the vocabulary of the tests of verdicts. */
import type { AttemptId, DeviceId } from "../../ids.ts";
import type { Candidate } from "../../control/candidate.ts";
import type { NatProfile } from "../../control/nat-profile.ts";
import type { AttemptTrace, TraceEvent } from "../../control/trace.ts";
import type { SideEvidence } from "../evidence.ts";

const EIM = "endpoint-independent";
const APD = "address-and-port-dependent";

export const reflexive = (side: "a" | "b", port = 40_000): string => `198.51.100.${side === "a" ? 1 : 2}:${port}`;

export function profile(side: "a" | "b", fields: Partial<NatProfile> = {}): NatProfile {
  return {
    udp: "ok",
    mapping: EIM,
    filtering: APD,
    allocation: { kind: "preserving" },
    publicEndpoints: [reflexive(side)],
    confidence: 0.9,
    measuredAt: 0,
    ...fields,
  };
}

export const DRAWING = { mapping: APD, allocation: { kind: "random", first: 1_024, last: 65_535 } } as const;
export const COUNTING = { mapping: APD, allocation: { kind: "sequential", step: 1 } } as const;
export const BLOCKED: Partial<NatProfile> = {
  udp: "blocked",
  mapping: "unknown",
  filtering: "unknown",
  publicEndpoints: [],
};

export const candidate = (side: "a" | "b"): Candidate => ({ kind: "server-reflexive", endpoint: reflexive(side) });

type Recorded = Partial<Omit<AttemptTrace, "events">> & { readonly events?: readonly TraceEvent[] };

const otherOf = (side: "a" | "b") => (side === "a" ? "b" : "a");

export const sent = (side: "a" | "b", repeated = 6): TraceEvent => ({
  atMs: 1,
  kind: "probe-sent",
  endpoint: reflexive(otherOf(side)),
  candidate: "server-reflexive",
  repeated,
});
export const heard = (side: "a" | "b"): TraceEvent => ({
  atMs: 30,
  kind: "probe-received",
  endpoint: reflexive(otherOf(side)),
});
export const started = (stage: string): TraceEvent => ({ atMs: 0, kind: "stage-started", note: stage });

/** A side that followed the plan to its end, sent all along, and heard nothing unless `events` say so. */
export function attempted(
  side: "a" | "b",
  nat: NatProfile,
  { events = [], ...fields }: Recorded = {},
): SideEvidence & { readonly trace: AttemptTrace } {
  const candidates = fields.candidates ?? [candidate(side)];
  const trace: AttemptTrace = {
    attemptId: "att_0123456789abcdefghjkmnpqrs" as AttemptId,
    peerId: "dev_0123456789abcdefghjkmnpqrs" as DeviceId,
    outcome: "no-path",
    candidates,
    natProfile: nat,
    clockUncertaintyMs: 5,
    ...fields,
    events: [
      { atMs: -20, kind: "plan-received" },
      started("simultaneous"),
      sent(side),
      ...events,
      { atMs: 3_000, kind: "gave-up" },
    ],
  };
  return { isOnline: true, candidates: [...candidates], natProfile: nat, trace };
}
