/**
 * nftables rules that make a Linux router behave as a {@link NatBehaviour}.
 *
 * Conntrack alone gives address-and-port-dependent filtering and, because it keeps the
 * source port where it can, endpoint-independent mapping. Everything else is built from
 * maps that the router fills as packets leave:
 *
 *     owner      public port               → inside endpoint     lets strangers in
 *     mapping    inside endpoint [+ remote] → public endpoint     reuses a mapping
 *     contacted  public port + remote                             whom the inside has written to
 *
 * They are filled after source NAT, so they hold the port that was really given out,
 * however it was chosen.
 */
import { type NatBehaviour, PORT_BLOCK } from "./behaviour.ts";
import { sessionRules } from "./session-rules.ts";

/** RFC 4787 REQ-5 recommends five minutes and forbids less than two. */
const MAPPING_LIFETIME = "5m";

/** Clear of the ephemeral ports of Linux (32768 and up), so a sequential port is never mistaken for a preserved one. */
export const SEQUENTIAL_FIRST = 12_000;
export const SEQUENTIAL_COUNT = 20_000;

/** Everything a router needs; `address` is the address of its `wan`. */
export function routerRules(nat: NatBehaviour, address: string): string {
  return natTable(nat, address) + filterTable(nat) + sessionRules("wan") + (nat.opensPorts ? openedPorts : "");
}

/** The table that holds the mappings; replacing it forgets them. */
export function natTable(nat: NatBehaviour, address: string): string {
  const isLearning = lendsPorts(nat) || reusesMappings(nat);
  return `
table ip nat {
  ${isLearning ? learnedSets(nat) : ""}
  chain prerouting {
    type nat hook prerouting priority dstnat
    ${acceptStrangers(nat)}
    ${nat.hairpin ? `iifname "lan" ip daddr ${address} dnat ip to udp dport map @owner` : ""}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
    ${nat.hairpin ? hairpin(address) : ""}
    ${reusesMappings(nat) ? `oifname "wan" snat ip to ${mappingKey(nat)} map @mapping` : ""}
    ${allocate(nat, address)}
  }
  ${isLearning ? learnChain(nat) : ""}
}
`;
}

/**
 * Chains that miniupnpd fills, asked before the router's own. What they translate passes like all that is translated; IPv6, which nobody
 * translates, passes inwards by what they accept alone.
 */
const openedPorts = `
table inet upnp {
  chain opened_forward {
  }
  chain opened_prerouting {
  }
  chain opened_postrouting {
  }
  chain forward {
    type filter hook forward priority filter - 10
    jump opened_forward
    meta nfproto ipv6 iifname "wan" ct state != { established, related } drop
  }
  chain prerouting {
    type nat hook prerouting priority dstnat - 10
    jump opened_prerouting
  }
  chain postrouting {
    type nat hook postrouting priority srcnat - 10
    jump opened_postrouting
  }
}
`;

function filterTable(nat: NatBehaviour): string {
  return `
table ip filter {
  chain input {
    type filter hook input priority filter
    # Dropped before conntrack confirms it: an accepted stray packet would occupy its five-tuple,
    # and the inside host's own packet to that stranger would come out of another port.
    iifname "wan" ct state established,related accept
    ${nat.unasked === "dropped" ? `iifname "wan" drop` : ""}
  }
  chain forward {
    type filter hook forward priority filter
    policy drop
    ${nat.passes === "tcp-only" ? "meta l4proto != tcp drop" : ""}
    ct state established,related accept
    iifname "lan" accept
    ct status dnat accept
  }
}
`;
}

/** Whether a public port lets anybody in but whom a flow was begun with. */
function lendsPorts({ filtering, hairpin }: NatBehaviour): boolean {
  return filtering !== "address-and-port-dependent" || hairpin;
}

/** Conntrack reuses a mapping for one remote endpoint, and while it keeps ports that looks like the same one for all. */
function reusesMappings(nat: NatBehaviour): boolean {
  if (nat.mapping === "address-and-port-dependent") return false;
  return nat.mapping === "address-dependent" || nat.allocation !== "preserving" || lendsPorts(nat);
}

function mappingKey({ mapping }: NatBehaviour): string {
  return `ip saddr . udp sport${mapping === "endpoint-independent" ? "" : " . ip daddr"}`;
}

function learnedSets(nat: NatBehaviour): string {
  const dynamic = `flags dynamic,timeout; timeout ${MAPPING_LIFETIME}; size 65535`;
  const remote = nat.mapping === "endpoint-independent" ? "" : " . ipv4_addr";
  return `
  map owner {
    type inet_service : ipv4_addr . inet_service
    ${dynamic}
  }
  map mapping {
    type ipv4_addr . inet_service${remote} : ipv4_addr . inet_service
    ${dynamic}
  }
  set contacted {
    type inet_service . ipv4_addr
    ${dynamic}
  }`;
}

/** Only a flow's first packet from outside comes here; a flow that the inside began never does. */
function acceptStrangers(nat: NatBehaviour): string {
  switch (nat.filtering) {
    case "endpoint-independent":
      return `iifname "wan" dnat ip to udp dport map @owner`;
    case "address-dependent":
      return `iifname "wan" udp dport . ip saddr @contacted dnat ip to udp dport map @owner`;
    case "address-and-port-dependent":
      return "";
    default:
      return nat.filtering satisfies never;
  }
}

/** What came from the LAN and goes back into it shows its public endpoint, and a port of its own if it has none yet. */
function hairpin(address: string): string {
  const within = `iifname "lan" oifname "lan" ct status dnat`;
  return `${within} snat ip to ip saddr . udp sport map @mapping
    ${within} snat ip to ${address}`;
}

function allocate(nat: NatBehaviour, address: string): string {
  switch (nat.allocation) {
    case "preserving":
      return `oifname "wan" masquerade`;
    case "random":
      return `oifname "wan" masquerade fully-random`;
    case "random-in-block": {
      const { first, count } = PORT_BLOCK;
      return `oifname "wan" meta l4proto udp masquerade to :${first}-${first + count - 1} fully-random
    oifname "wan" masquerade`;
    }
    case "sequential": {
      // Spelt out as a map because numgen counts in host byte order and ports are in network order.
      const ports = Array.from({ length: SEQUENTIAL_COUNT }, (_, i) => `${i} : ${SEQUENTIAL_FIRST + i}`);
      return `oifname "wan" meta l4proto udp snat ip to ${address}:numgen inc mod ${SEQUENTIAL_COUNT} map { ${ports.join(", ")} }
    oifname "wan" masquerade`;
    }
    default:
      return nat.allocation satisfies never;
  }
}

function learnChain(nat: NatBehaviour): string {
  const inside = "ct original ip saddr . ct original proto-src";
  const remote = nat.mapping === "endpoint-independent" ? "" : " . ip daddr";
  return `
  chain learn {
    type filter hook postrouting priority srcnat + 10
    oifname != "wan" accept
    update @contacted { udp sport . ip daddr }
    # An answer to a stranger that was let in belongs to the stranger's flow and teaches nothing.
    ct direction reply accept
    meta l4proto udp update @owner { udp sport : ${inside} }
    ${reusesMappings(nat) ? `meta l4proto udp update @mapping { ${inside}${remote} : ip saddr . udp sport }` : ""}
  }`;
}

/** A host with a public address that drops what it did not ask for. */
export const hostFirewallRules = `
table ip filter {
  chain input {
    type filter hook input priority filter
    iifname "eth0" ct state established,related accept
    iifname "eth0" drop
  }
}
${sessionRules("eth0")}`;
