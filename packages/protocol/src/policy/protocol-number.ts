/** IANA protocol numbers that a rule can name; `null` is any protocol. Apart from the rules' schema, for threads that enforce and do not parse. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
