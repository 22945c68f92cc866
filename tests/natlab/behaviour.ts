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
  | "sequential"
  /** Any port of one block of {@link PORT_BLOCK}, as a carrier deals them out to a subscriber. */
  | "random-in-block";

/** From 1,024 ports on it is no longer cheap to guess, and few carriers give a subscriber more than 4,096. */
export const PORT_BLOCK = { first: 40_960, count: 1_024 } as const;

export type NatBehaviour = {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  readonly allocation: Allocation;
  /**
   * What becomes of a packet from outside that nobody inside asked for. A router that keeps it gives the five-tuple away:
   * the inside host's own packet to that stranger then leaves from another port.
   */
  readonly unasked: "dropped" | "kept";
  /**
   * Whether the inside reaches itself at its public endpoints. It then sees the sender's public endpoint, whether it has
   * written there before or not (RFC 4787 REQ-9, external source).
   */
  readonly hairpin: boolean;
  /** How long a silent UDP flow is remembered. Without, as the kernel does: 30 s, and 120 s once it was answered. */
  readonly udpLifetimeS?: number;
  /** What leaves the LAN at all. */
  readonly passes: "everything" | "tcp-only";
  /** Ready for a daemon that opens ports on request, which a test starts: see mapping-daemon.ts. */
  readonly opensPorts?: boolean;
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
  unasked: "dropped",
  hairpin: false,
  passes: "everything",
};

/** A port for each remote address, and for each remote endpoint. */
const byAddress: NatBehaviour = { ...homeRouter, mapping: "address-dependent", allocation: "random" };
const byFlow: NatBehaviour = { ...homeRouter, mapping: "address-and-port-dependent", allocation: "random" };

const behind = (...levels: readonly NatBehaviour[]): Network => ({ levels, hostFirewall: false });

export const networks = {
  public: behind(),
  firewall: { levels: [], hostFirewall: true },
  "eim-apdf": behind(homeRouter),
  "eim-adf": behind({ ...homeRouter, filtering: "address-dependent" }),
  "eim-eif": behind({ ...homeRouter, filtering: "endpoint-independent" }),
  /** Endpoint-independent like a home router, but the public port says nothing about the inside one. */
  "eim-random": behind({ ...homeRouter, allocation: "random" }),
  "adm-adf": behind({ ...byAddress, filtering: "address-dependent" }),
  "adm-sequential": behind({ ...byAddress, allocation: "sequential" }),
  "adm-random": behind(byAddress),
  sequential: behind({ ...byFlow, allocation: "sequential" }),
  "random-adf": behind({ ...byFlow, filtering: "address-dependent" }),
  "random-block": behind({ ...byFlow, allocation: "random-in-block" }),
  random: behind(byFlow),
  /** A home router whose outside is a carrier's inside. */
  cgn: behind(homeRouter, homeRouter),
  poisonable: behind({ ...homeRouter, unasked: "kept" }),
  hairpin: behind({ ...homeRouter, hairpin: true }),
  /** Hard for whoever does not ask it to open a port. */
  upnp: behind({ ...byFlow, opensPorts: true }),
  /** Its outside is another router's inside, which opens nothing. */
  "upnp-cgn": behind({ ...byFlow, opensPorts: true }, homeRouter),
  /** Forgets sooner than anything that was met in the field, where 30 s is the least. */
  forgetful: behind({ ...homeRouter, udpLifetimeS: 20 }),
  "udp-blocked": behind({ ...homeRouter, passes: "tcp-only" }),
} as const satisfies Record<string, Network>;

export type NetworkName = keyof typeof networks;

export function isNetworkName(name: string): name is NetworkName {
  return Object.hasOwn(networks, name);
}
