/** Every way in which a packet ends here, each with its counter. Appended to, so that a place in the shared counters means one thing. */
export const DROP_REASONS = [
  // Datagrams from the network.
  "unknown-datagram",
  "oversized-datagram",
  "wireguard-refused",
  "relay-not-wireguard",
  "relay-unknown-peer",
  "main-backlog",
  "worker-backlog",
  // Inner packets, either way.
  "bad-version",
  "bad-length",
  "ip-options",
  "routing-header",
  "bad-extension",
  "fragment-overlap",
  "short-transport",
  "multicast",
  "mapped-address",
  "reserved-address",
  "own-source",
  "spoofed-source",
  "foreign-source",
  "foreign-destination",
  "fragment-unmatched",
  "policy",
  "no-peer",
  "no-interface",
  // Datagrams to the network.
  "no-route",
  "unknown-socket",
  "send-full",
  "send-unreachable",
  "send-too-big",
  "send-forbidden",
  "send-failed",
  "wireguard-length",
  // Packets to the interface.
  "interface-full",
  "interface-down",
  "interface-refused",
  // A bug of ours that a packet met.
  "internal-error",
  // What the host left to us and that makes no sense.
  "bad-offload",
  // Longer than the way to the peer, and not to be cut; the host is told.
  "packet-too-big",
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** What can only happen on the way out; everything else on the way in, unless whoever counts it says otherwise. */
export const OUTBOUND_REASONS: ReadonlySet<DropReason> = new Set<DropReason>([
  "no-peer",
  "no-route",
  "unknown-socket",
  "send-full",
  "send-unreachable",
  "send-too-big",
  "send-forbidden",
  "send-failed",
  "wireguard-length",
  "bad-offload",
  "packet-too-big",
]);

/** How many, one unless told. */
export type CountDrop = (reason: DropReason, count?: number, isOutbound?: boolean) => void;
