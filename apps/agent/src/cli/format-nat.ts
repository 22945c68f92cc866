/** A NAT profile as lines of text: what was measured, in the words of RFC 4787, and how sure that is. Pure. */
import type { NatProfile, PortAllocation } from "@pinhole/protocol/control";

const LEVELS = {
  one: "one, as far as the addresses show",
  "carrier-grade": "a carrier's among them",
  several: "several",
} as const satisfies Record<NonNullable<NatProfile["levels"]>, string>;

export function formatNat(nat: NatProfile | null, now: number): string[] {
  if (nat === null) return ["NAT: not measured"];
  const { allocation, arrivalsPerSecond, hairpin, levels, nat64Prefix, publicEndpoints, confidence } = nat;
  const { lifetimeMs, absoluteLifetimeMs, isPoisoning } = nat;
  return [
    `NAT mapping: ${nat.mapping}`,
    `NAT filtering: ${nat.filtering}`,
    `Port preserved: ${yesOrNo(nat.portPreserving)}`,
    ...(nat.mapping === "none" ? [] : [`Next port: ${formatAllocation(allocation, arrivalsPerSecond)}`]),
    ...(nat.mapping === "none" ? [] : [`Hairpin: ${yesOrNo(hairpin)}`]),
    ...(levels === undefined ? [] : [`NATs on the way: ${LEVELS[levels]}`]),
    ...(lifetimeMs === undefined ? [] : [`Silent bindings live: ${Math.round(lifetimeMs / 1_000)} s at least`]),
    ...(absoluteLifetimeMs === undefined
      ? []
      : [`Busy bindings end: after ${Math.round(absoluteLifetimeMs / 1_000)} s`]),
    ...(isPoisoning === undefined ? [] : [`Strangers' packets take ports: ${yesOrNo(isPoisoning)}`]),
    ...(nat64Prefix === undefined ? [] : [`IPv4 by NAT64: ${nat64Prefix}`]),
    `Public endpoints: ${publicEndpoints.join(", ") || "none seen"}`,
    `Confidence: ${Math.round(confidence * 100)} %, measured ${formatAge(now - nat.measuredAt)}`,
  ];
}

function formatAllocation(allocation: PortAllocation | undefined, arrivalsPerSecond: number | undefined): string {
  switch (allocation?.kind) {
    case undefined:
      return "unknown";
    case "preserving":
      return "the local one";
    case "sequential": {
      const { step } = allocation;
      const others = arrivalsPerSecond === undefined ? "" : `, other flows take ${arrivalsPerSecond} a second`;
      return `the last one ${step < 0 ? "-" : "+"} ${Math.abs(step)}${others}`;
    }
    case "random":
      return `any of ${allocation.first}-${allocation.last}`;
  }
}

function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 5) return "just now";
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

const yesOrNo = (value: boolean | undefined): string => (value === undefined ? "unknown" : value ? "yes" : "no");
