/**
 * nftables rules that count the UDP flows which a NAT or a firewall has to remember, by the address outside that they are with.
 *
 * In a table of their own, so that they outlive the NAT's when that is replaced.
 */
export function sessionRules(outside: "wan" | "eth0"): string {
  return `
table ip sessions {
  set begun {
    type ipv4_addr
    size 65535
    flags dynamic
    counter
  }
  chain postrouting {
    # A chain of this type gets the first packet of each flow. Ahead of source NAT, which ends its way.
    type nat hook postrouting priority srcnat - 5
    meta l4proto != udp accept
    oifname "${outside}" update @begun { ip daddr }
    iifname "${outside}" update @begun { ip saddr }
  }
}
`;
}
