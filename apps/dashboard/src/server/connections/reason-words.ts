/** Each reason in words, as the end of a sentence, and what to do about it. */
import type { ReasonCode } from "@pinhole/protocol/control";
import type { PairReason } from "./pair-state.ts";

export type Names = { readonly a: string; readonly b: string };

type Words = { readonly because: (names: Names, reason: PairReason) => string; readonly advice: string | null };

/** The device that the cause lies with, where one is named. */
const where = ({ a, b }: Names, { side }: PairReason) => (side === "a" ? a : side === "b" ? b : "one side");
const other = ({ a, b }: Names, { side }: PairReason) => (side === "a" ? b : side === "b" ? a : "the other");

const ALLOW_UDP = "Allow outgoing UDP on that network, or keep the relay.";
const OPEN_A_WAY =
  "Switch on UPnP, NAT-PMP or PCP on one of the routers, or use IPv6. The relay carries the traffic until then.";

export const REASON_WORDS = {
  peer_offline: {
    because: (names, reason) => `${where(names, reason)} is offline`,
    advice: "Start the agent on that device.",
  },
  policy_denied: { because: () => "the policy allows nothing between them", advice: "Add a grant to the policy." },
  udp_blocked_a: { because: ({ a }) => `no UDP leaves ${a}'s network`, advice: ALLOW_UDP },
  udp_blocked_b: { because: ({ b }) => `no UDP leaves ${b}'s network`, advice: ALLOW_UDP },
  no_common_family: {
    because: () => "one has only IPv4 and the other only IPv6",
    advice: "Give one of them the other kind of address.",
  },
  both_symmetric: { because: () => "both routers change the port for every peer", advice: OPEN_A_WAY },
  symmetric_vs_port_restricted: {
    because: (names, reason) =>
      `${where(names, reason)}'s router changes the port for every peer, and ${other(names, reason)}'s lets in only ports it has sent to`,
    advice: OPEN_A_WAY,
  },
  cgnat_no_portmap: {
    because: (names, reason) => `${where(names, reason)} is behind its provider's own NAT, which opens no ports`,
    advice: "Ask the provider for a public address or IPv6.",
  },
  same_nat_no_hairpin: {
    because: () => "both are behind the same router, which does not send their packets back in",
    advice: "Let them reach each other on the local network.",
  },
  one_way_a_to_b: {
    because: ({ a, b }) => `packets from ${a} reach ${b}, but none come back`,
    advice: "Check the firewall in front of both devices.",
  },
  one_way_b_to_a: {
    because: ({ a, b }) => `packets from ${b} reach ${a}, but none come back`,
    advice: "Check the firewall in front of both devices.",
  },
  signal_timeout: { because: () => "the plan did not reach both in time", advice: "Retry now." },
  candidate_gather_timeout: {
    because: (names, reason) => `${where(names, reason)} did not find out its addresses in time`,
    advice: "Retry now.",
  },
  portmap_refused: {
    because: (names, reason) => `${where(names, reason)}'s router refused to open a port`,
    advice: "Allow port mapping on that router.",
  },
  probe_timeout: {
    because: () => "no probe came through, though both NATs should let them in",
    advice: "Check for a firewall between them, then retry.",
  },
  handshake_failed: {
    because: () => "the tunnel's handshake failed on the direct path",
    advice: "Check that both clocks are right and both agents are up to date.",
  },
  mtu_blackhole: {
    because: () => "large packets are lost on the direct path",
    advice: "Check for a tunnel or a firewall that drops ICMP on the way.",
  },
  nat_rebinding: {
    because: (names, reason) => `${where(names, reason)}'s router forgot the way and a new one is being made`,
    advice: null,
  },
  forced_relay: { because: () => "the relay is forced for this pair", advice: null },
  relay_unavailable: {
    because: () => "no relay answers",
    advice: "Check that this server can be reached over TCP from both devices.",
  },
  version_mismatch: {
    because: () => "the two agents' versions do not understand each other",
    advice: "Update both agents.",
  },
  cancelled: { because: () => "the last attempt was cancelled", advice: "Retry now." },
  unknown: { because: () => "the cause is not known", advice: "Retry now and look at the trace." },
} as const satisfies Record<ReasonCode, Words>;

export const wordsFor = (code: ReasonCode): Words => REASON_WORDS[code];
