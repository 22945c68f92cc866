/**
 * The networks a lab can put in front of a host, in the words of RFC 4787.
 *
 * A network is a list of NATs from the inside out. No NAT at all leaves the host with a
 * public address. Adding a behaviour means adding a row here and a line to `nat.test.ts`.
 */
export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export type Allocation =
  /** The inside port where it is free, as Linux and most home routers do. */
  | "preserving"
  /** Any port, a fresh draw for every mapping. */
  | "random"
  /** The next port for every mapping. */
  | "sequential";

export type NatBehaviour = {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  readonly allocation: Allocation;
  /** What leaves the LAN at all. */
  readonly passes: "everything" | "tcp-only";
};

export type Network = {
  /** NATs between the host and the internet, the host's own router first. */
  readonly levels: readonly NatBehaviour[];
  /** Only meaningful without a NAT: the host itself drops what it did not ask for. */
  readonly hostFirewall: boolean;
};

/** Plain `masquerade`: what a Linux home router does. */
const homeRouter: NatBehaviour = {
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  allocation: "preserving",
  passes: "everything",
};

const behind = (...levels: readonly NatBehaviour[]): Network => ({ levels, hostFirewall: false });

export const networks = {
  public: behind(),
  firewall: { levels: [], hostFirewall: true },
  "eim-apdf": behind(homeRouter),
  "eim-adf": behind({ ...homeRouter, filtering: "address-dependent" }),
  "eim-eif": behind({ ...homeRouter, filtering: "endpoint-independent" }),
  /** Endpoint-independent like a home router, but the public port says nothing about the inside one. */
  "eim-random": behind({ ...homeRouter, allocation: "random" }),
  "adm-random": behind({ ...homeRouter, mapping: "address-dependent", allocation: "random" }),
  sequential: behind({ ...homeRouter, mapping: "address-and-port-dependent", allocation: "sequential" }),
  random: behind({ ...homeRouter, mapping: "address-and-port-dependent", allocation: "random" }),
  /** A home router whose outside is a carrier's inside. */
  cgn: behind(homeRouter, homeRouter),
  "udp-blocked": behind({ ...homeRouter, passes: "tcp-only" }),
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof networks;

export function isNetworkName(name: string): name is NetworkName {
  return Object.hasOwn(networks, name);
}
