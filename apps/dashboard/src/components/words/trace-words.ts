import type { TraceEvent, Trigger } from "@pinhole/protocol/control";
import type { StageKind } from "@pinhole/protocol/punch";

export const EVENT_WORDS: Record<TraceEvent["kind"], string> = {
  "plan-received": "Plan received",
  started: "Started",
  "stage-started": "Technique begun",
  "port-observed": "Own port observed",
  "note-sent": "Peer told",
  "note-received": "Told by the peer",
  "probe-sent": "Probe sent",
  "spray-sent": "Probes to many ports",
  "spray-denied": "Not let send to many ports",
  "probe-received": "Probe received",
  "pong-received": "Answer received",
  "candidate-discovered": "Candidate discovered",
  "path-verified": "Path verified",
  "path-selected": "Path selected",
  "gave-up": "Gave up",
  cancelled: "Cancelled",
};

export const TRIGGER_WORDS: Record<Trigger, string> = {
  traffic: "Traffic",
  "network-change": "Network changed",
  "path-lost": "Path lost",
  upgrade: "Upgrade from relay",
  manual: "Asked for",
};

export const STAGE_WORDS: Record<StageKind, string> = {
  simultaneous: "Both send at one moment",
  predict: "Port prediction",
  cover: "Covering the next ports",
  birthday: "Many ports at once",
};

export const RESULT_WORDS = {
  opened: "Opened the path",
  missed: "No answer",
  denied: "Was not allowed",
  "not-run": "Did not run",
  unreported: "Not reported",
} as const;

export const OUTCOME_WORDS = { direct: "Direct", "no-path": "No direct path", cancelled: "Cancelled" } as const;
