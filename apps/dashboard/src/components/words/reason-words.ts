/** Why a pair is not direct, as the end of a sentence that begins with what the pair does instead. */
import type { Reason, ReasonCode } from "@pinhole/protocol/control";

type Names = { readonly self: string; readonly peer: string };

/** `self` is the device that reported the reason. The codes' a and b are self and peer. */
export function reasonWords({ code, side, measured }: Reason, { self, peer }: Names): string {
  const cause = CAUSE[code]({ self, peer, where: side === "self" ? self : side === "peer" ? peer : undefined });
  return measured ? cause : `likely, ${cause}`;
}

type Context = Names & { readonly where: string | undefined };

const CAUSE: Record<ReasonCode, (context: Context) => string> = {
  peer_offline: ({ where, peer }) => `${where ?? peer} is offline`,
  policy_denied: () => "the policy does not let the two talk",
  udp_blocked_a: ({ self }) => `UDP is blocked where ${self} is`,
  udp_blocked_b: ({ peer }) => `UDP is blocked where ${peer} is`,
  no_common_family: () => "one side has IPv4 only and the other IPv6 only",
  both_symmetric: () => "both routers change the port for every peer",
  symmetric_vs_port_restricted: ({ where }) =>
    `${where === undefined ? "one router" : `the router of ${where}`} changes the port for every peer, and the other lets in only ports that it has sent to`,
  cgnat_no_portmap: ({ where }) => `${where ?? "one side"} is behind the provider's NAT, which opens no ports`,
  same_nat_no_hairpin: () => "both are behind one router that does not send packets back inside, and neither reaches the other's local address",
  one_way_a_to_b: ({ self, peer }) => `packets from ${self} reach ${peer}, and none come back`,
  one_way_b_to_a: ({ self, peer }) => `packets from ${peer} reach ${self}, and none come back`,
  signal_timeout: ({ where }) => `${where ?? "one side"} did not get the plan in time`,
  candidate_gather_timeout: ({ where }) => `${where ?? "one side"} could not find out its own addresses in time`,
  portmap_refused: ({ where }) => `the router${where === undefined ? "" : ` of ${where}`} refused to open a port`,
  probe_timeout: () => "no probe was answered in time",
  handshake_failed: () => "probes were answered, but the encrypted handshake was not",
  mtu_blackhole: () => "small packets arrive and large ones are lost on the way",
  nat_rebinding: ({ where }) => `the router${where === undefined ? "" : ` of ${where}`} moved the device to another port`,
  forced_relay: () => "a setting asks for the relay",
  relay_unavailable: () => "the relay cannot be reached",
  version_mismatch: () => "the two agents speak different versions of the protocol",
  cancelled: () => "the attempt was cancelled",
  unknown: () => "the reason is not known",
};
