import type { PairState } from "@/trpc/outputs.ts";
import type { State } from "../state-sign.tsx";

export type PairKind = PairState["kind"];

export const PAIR_KINDS = ["direct", "relay", "none", "offline", "unknown"] as const satisfies readonly PairKind[];

export const PAIR_WORDS: Record<PairKind, string> = {
  direct: "Direct",
  relay: "Relayed",
  none: "No path",
  offline: "Offline",
  unknown: "Not tried",
};

const SIGN: Record<PairKind, State> = {
  direct: "direct",
  relay: "relayed",
  none: "failed",
  offline: "offline",
  unknown: "unknown",
};

export function pairSign(kind: PairKind, isTrying: boolean): State {
  return isTrying && kind !== "direct" ? "trying" : SIGN[kind];
}

const TYPE_WORDS = { lan: "LAN", ipv6: "IPv6", punched: "punched", mapped: "port mapped" } as const;

/** "Direct, punched", "Relayed, fra", "Relayed, device nas". */
export function pairWords({ kind, type, relay, viaDevice }: PairState): string {
  if (kind === "direct" && type !== null) return `Direct, ${TYPE_WORDS[type]}`;
  if (kind === "relay" && relay !== null && relay !== "")
    return `Relayed, ${viaDevice === null ? "" : "device "}${relay}`;
  return PAIR_WORDS[kind];
}
