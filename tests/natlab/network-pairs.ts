/** Which pairs of networks meet directly when both sides send to each other's known endpoints at the same moment. */
import type { NetworkName } from "./behaviour.ts";

export const PAIRED_NETWORKS = [
  "public",
  "firewall",
  "eim-apdf",
  "eim-eif",
  "random",
  "cgn",
  "udp-blocked",
] as const satisfies readonly NetworkName[];
export type PairedNetwork = (typeof PAIRED_NETWORKS)[number];

export type NetworkPair = readonly [PairedNetwork, PairedNetwork];

/** Every unordered pair, those of the same kind too. */
export const networkPairs: readonly NetworkPair[] = PAIRED_NETWORKS.flatMap((a, i) =>
  PAIRED_NETWORKS.slice(i).map((b): NetworkPair => [a, b]),
);

/** Whoever writes to them first is let in, from whatever port. */
const OPEN: ReadonlySet<PairedNetwork> = new Set(["public", "eim-eif"]);

export function expectedPath([a, b]: NetworkPair): "direct" | "relay" {
  if (a === "udp-blocked" || b === "udp-blocked") return "relay";
  // Nobody knows the port that such a NAT shows to the peer, so the peer must let it in unknown.
  if (a === "random") return OPEN.has(b) ? "direct" : "relay";
  if (b === "random") return OPEN.has(a) ? "direct" : "relay";
  return "direct";
}

/** The reason that `a` gives for the relay. */
export function expectedReason([a, b]: NetworkPair): string {
  if (a === "udp-blocked") return "udp_blocked_a";
  if (b === "udp-blocked") return "udp_blocked_b";
  return a === "random" && b === "random" ? "both_symmetric" : "symmetric_vs_port_restricted";
}
