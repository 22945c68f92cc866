/**
 * nftables rules of the two places where packets between hosts can be watched and cut:
 * the internet, and the switch inside a LAN.
 *
 * Both have the same three sets, so one command works on either. `traffic` is counted on the
 * way out: a packet that was cut or lost is not in it. The internet also counts what was sent, and what of it came through
 * and is too long to be a probe.
 */

/** The device on which the shim takes packets out of the internet and puts them back. */
export const SHIM_DEVICE = "shim0";

/** Data may be that long; whoever looks for a path sends less. */
export const BULKY_BYTES = 1_000;

/** Packets with this mark go through the shim. */
export const SHIM_MARK = 1;

const watchedSets = `
  set cut_udp {
    type ipv4_addr . ipv4_addr
  }
  set cut_everything {
    type ipv4_addr . ipv4_addr
  }
  ${countedSet("traffic")}`;

function countedSet(name: string): string {
  return `set ${name} {
    type inet_proto . ipv4_addr . ipv4_addr
    size 65535
    flags dynamic
    counter
  }`;
}

const cut = `
    ip saddr . ip daddr @cut_everything drop
    ip protocol udp ip saddr . ip daddr @cut_udp drop`;

const count = (set: string): string => `update @${set} { ip protocol . ip saddr . ip daddr }`;

/**
 * `hops` is how many routers a packet meets between two edges of the internet. A packet
 * whose TTL does not last dies here, with the kernel's own ICMP Time Exceeded.
 */
export function internetRules(hops: number): string {
  return `
table ip watch {
  ${watchedSets}
  ${countedSet("sent")}
  ${countedSet("bulky")}
  set shaped {
    type ipv4_addr
  }
  ${hops > 1 ? ttlChains(hops) : ""}
  chain prerouting {
    type filter hook prerouting priority mangle
    iifname "${SHIM_DEVICE}" accept
    ${count("sent")}
    ip saddr @shaped meta mark set ${SHIM_MARK}
    ip daddr @shaped meta mark set ${SHIM_MARK}
    ${hops > 1 ? ttlVerdicts() : ""}
  }
  chain forward {
    type filter hook forward priority filter
    ${cut}
  }
  chain postrouting {
    type filter hook postrouting priority filter
    oifname != "${SHIM_DEVICE}" ${count("traffic")}
    oifname != "${SHIM_DEVICE}" ip length >= ${BULKY_BYTES} ${count("bulky")}
  }
}
`;
}

const ttls = Array.from({ length: 255 }, (_, i) => i + 1);

/**
 * A chain for each TTL, because nftables cannot subtract and its maps do not fit a field of
 * one byte. The kernel takes one hop off by itself, and reports the death of what it gets with one left.
 */
function ttlChains(hops: number): string {
  return ttls.map((ttl) => `chain ttl${ttl} {\n ip ttl set ${Math.max(1, ttl + 1 - hops)}\n }`).join("\n  ");
}

function ttlVerdicts(): string {
  return `ip ttl vmap { ${ttls.map((ttl) => `${ttl} : goto ttl${ttl}`).join(", ")} }`;
}

export const switchRules = `
table bridge watch {
  ${watchedSets}
  chain forward {
    type filter hook forward priority 0
    ${cut}
    ${count("traffic")}
  }
}
`;

export type Block = "nothing" | "udp" | "udp-to-peers" | "everything";

export type AccessBlock = {
  /** The far end of the host's cable. */
  readonly device: string;
  readonly host: string;
  readonly block: Block;
  readonly servers: readonly string[];
};

/**
 * Cuts one host off at the far end of its cable, where the host cannot see it: a drop inside
 * the host would come back to the program as an error from `send`.
 */
export function accessRules({ device, host, block, servers }: AccessBlock): string {
  const table = `netdev access-${host}`;
  const rule = (peer: "saddr" | "daddr"): string => {
    if (block === "everything") return "drop";
    if (block === "udp") return "ip protocol udp drop";
    return `ip protocol udp ip ${peer} != { ${servers.join(", ")} } drop`;
  };
  const chains = `
table ${table} {
  chain leaving {
    type filter hook ingress device "${device}" priority 0
    ${rule("daddr")}
  }
  chain arriving {
    type filter hook egress device "${device}" priority 0
    ${rule("saddr")}
  }
}
`;
  // Named first so that deleting it cannot fail: the whole input is one transaction.
  return `table ${table}\ndelete table ${table}\n${block === "nothing" ? "" : chains}`;
}
