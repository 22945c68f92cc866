/** A verdict in words, for the command line and the dashboard alike. */
import type { ReasonCode } from "../control/path-report.ts";
import type { Fact, FactKind } from "./fact.ts";
import type { Remedy, RemedyKind } from "./remedy.ts";
import type { VerdictSide } from "./verdict.ts";

/** How the two sides are called in a sentence: `laptop`, or `this device`. */
export type Names = { readonly a: string; readonly b: string };

type Place = (names: Names, side: VerdictSide | null | undefined) => string;

const where: Place = ({ a, b }, side) => (side === "a" ? a : side === "b" ? b : "one side");
const other: Place = ({ a, b }, side) => (side === "a" ? b : side === "b" ? a : "the other");

type CauseWords = (names: Names, side: VerdictSide | null) => string;

/** Each as the end of a sentence: "…, because …". */
const CAUSE_WORDS = {
  peer_offline: (names, side) => (side === "both" ? "both are offline" : `${where(names, side)} is offline`),
  policy_denied: () => "the policy allows nothing between them",
  udp_blocked_a: ({ a }, side) => (side === "both" ? "no UDP leaves either network" : `no UDP leaves ${a}'s network`),
  udp_blocked_b: ({ b }, side) => (side === "both" ? "no UDP leaves either network" : `no UDP leaves ${b}'s network`),
  no_common_family: () => "one has only IPv4 and the other only IPv6",
  both_symmetric: () => "both NATs change ports per peer",
  symmetric_vs_port_restricted: (names, side) =>
    `${where(names, side)}'s NAT changes ports per peer, and ${other(names, side)}'s admits known ports alone`,
  cgnat_no_portmap: (names, side) =>
    side === "both"
      ? "both are behind a provider's NAT, which opens no ports"
      : `${where(names, side)} is behind its provider's NAT, which opens no ports`,
  same_nat_no_hairpin: () => "both are behind the same router, which does not send their packets back in",
  one_way_a_to_b: ({ a, b }) => `packets from ${a} reach ${b}, but none come back`,
  one_way_b_to_a: ({ a, b }) => `packets from ${b} reach ${a}, but none come back`,
  signal_timeout: () => "the plan did not reach both in time",
  candidate_gather_timeout: (names, side) => `${where(names, side)} did not find out its addresses in time`,
  portmap_refused: (names, side) =>
    side === "both" ? "the routers refuse to open a port" : `${where(names, side)}'s router refuses to open a port`,
  probe_timeout: () => "no probe came through, though both NATs should let them in",
  handshake_failed: () => "the tunnel's handshake failed on the direct path",
  mtu_blackhole: () => "large packets are lost on the direct path",
  nat_rebinding: (names, side) => `${where(names, side)}'s public address changed during the attempt`,
  forced_relay: () => "the policy keeps the pair on the relay",
  relay_unavailable: () => "no relay answers",
  version_mismatch: () => "the two agents' versions do not understand each other",
  cancelled: () => "the last attempt was cut short",
  unknown: () => "the cause is not known",
} as const satisfies Record<ReasonCode, CauseWords>;

export const causeWords = (code: ReasonCode, names: Names, side: VerdictSide | null): string =>
  (CAUSE_WORDS[code] satisfies CauseWords)(names, side);

/** Each a clause that stands alone, without a full stop. */
const FACT_WORDS = {
  "policy-denies": "the policy has no grant for the two",
  "relay-only": "the policy keeps them on the relay",
  "relay-down": "no relay is connected",
  offline: "{it} has no session with the dashboard",
  "version-unknown": "an agent's version is not understood",
  "plan-unanswered": "{it} asked for a plan and got none",
  "plan-late": "{it} got the plan when the other had given up",
  "no-candidates": "{it} had no address to offer",
  cancelled: "{it} cut the attempt short",
  "udp-silent": "no STUN server answers {it} over UDP",
  "ipv4-only": "{it} has IPv4 alone",
  "ipv6-only": "{it} has IPv6 alone",
  "ipv6-silent": "no probe came through over IPv6",
  "same-public-address": "both show the same public address",
  "hairpin-fails": "its router does not return packets sent to its own address",
  "hairpin-unknown": "few routers return packets sent to their own address",
  "nat-unknown": "the NAT of {it} has not been measured",
  "ports-kept": "{it}'s NAT shows every peer the same port",
  "ports-counted": "{it}'s NAT takes the next port for each peer",
  "ports-drawn": "{it}'s NAT draws a random port for each peer",
  "ports-change": "{it}'s NAT takes another port for each peer",
  "filter-by-port": "{it}'s NAT lets in only ports it has sent to",
  "filter-unknown": "what {it}'s NAT lets in has not been measured",
  "carrier-grade": "{it} is behind a carrier-grade NAT",
  "mapping-refused": "{it}'s router refused to open a port",
  "endpoint-changed": "{it} is no longer where it was probed",
  "no-technique": "no technique opens two such NATs",
  "spray-off": "the team does not let its devices send to many ports",
  "spray-denied": "{it} was not let send to many ports: the address was not proven, or another attempt was at it",
  "spray-busy": "sending to many ports waits until other pairs of the two devices have done so",
  "spray-resting": "many ports were tried in vain a while ago, and will be again",
  "stage-not-planned": "the plan lacked the technique for such NATs",
  "missed-by-chance": "the technique for such NATs was tried and missed",
  "technique-failed": "the technique for such NATs opens nearly all of them, and did not",
  arrived: "probes arrived at {it}",
  "nothing-arrived": "nothing arrived at {it}",
  "no-answer": "what {it} sent back was not answered",
  "one-way-unseen": "a packet that came one way would not have been let in",
  "tunnel-silent": "probes passed and nothing of the tunnel came to {it}",
  "handshake-failed": "probes passed and the handshake did not",
  "large-packets-lost": "small packets passed and large ones did not",
} as const satisfies Record<FactKind, string>;

export const factWords = ({ kind, side }: Fact, names: Names): string => fill(FACT_WORDS[kind], names, side);

/** Each a sentence. */
const REMEDY_WORDS = {
  "start-agent": "Start the agent on {it}.",
  "add-grant": "Add a grant to the policy.",
  "lift-relay-only": "Allow a direct path in the policy.",
  "reach-relay": "Check that the server can be reached over TCP from both devices.",
  "update-agents": "Update both agents.",
  retry: "Retry now.",
  "allow-udp": "Allow outgoing UDP on {it}'s network.",
  "add-family": "Give one of them the other kind of address.",
  "use-local-network": "Let them reach each other on the local network.",
  "allow-spraying": "Let the team's devices send to many ports, in the team's settings.",
  "enable-port-mapping": "Switch on UPnP, NAT-PMP or PCP on {it}'s router.",
  "allow-port-mapping": "Let {it} open a port on its router.",
  "ask-provider": "Ask {it}'s provider for a public address.",
  "use-ipv6": "Use IPv6 on both sides.",
  "check-firewall": "Check the firewall in front of {it}.",
  "check-clocks": "Check that both clocks are right.",
  "check-tunnels": "Check for a tunnel on the way, or a firewall that drops ICMP.",
} as const satisfies Record<RemedyKind, string>;

export const remedyWords = ({ kind, side }: Remedy, names: Names): string =>
  fill(REMEDY_WORDS[kind], names, side).replace("one side", "both devices");

const fill = (words: string, names: Names, side: Fact["side"]): string =>
  words.replaceAll("{it}", () => where(names, side));
