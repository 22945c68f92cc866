/** What is said of relays. */
import type { State } from "../state-sign.tsx";
import type { RelaySummary } from "@/trpc/outputs.ts";

export const RELAY_SIGN: Record<RelaySummary["state"], State> = {
  used: "relayed",
  ready: "direct",
  unreached: "failed",
  offline: "offline",
  unknown: "unknown",
};

export const RELAY_WORDS: Record<RelaySummary["state"], string> = {
  used: "In use",
  ready: "Ready",
  unreached: "Not reached",
  offline: "Offline",
  unknown: "Not measured",
};

export const RELAY_KIND_WORDS: Record<RelaySummary["kind"], string> = {
  main: "The dashboard's own",
  "stand-alone": "Stand-alone",
  device: "Device",
};
