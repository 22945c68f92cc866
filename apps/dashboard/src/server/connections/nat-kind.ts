/** Kinds of NAT as far as they matter for meeting a peer. Pure. */
import type { NatProfile } from "@pinhole/protocol/control";
import { measuredClass } from "@pinhole/protocol/punch";

export const NAT_KINDS = [
  "open",
  "easy-open",
  "easy-address",
  "easy-port",
  "counting",
  "drawing",
  "blocked",
  "unmeasured",
] as const;
export type NatKind = (typeof NAT_KINDS)[number];

export function natKind(profile: NatProfile | null): NatKind {
  const natClass = measuredClass(profile);
  if (profile?.udp === "blocked") return "blocked";
  if (profile === null || natClass === undefined) return "unmeasured";
  if (natClass.mapping !== "known") return natClass.allocation.kind === "sequential" ? "counting" : "drawing";
  if (natClass.isOpen) return profile.mapping === "none" ? "open" : "easy-open";
  return natClass.isTolerant ? "easy-address" : "easy-port";
}
