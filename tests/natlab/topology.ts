/**
 * From "a is behind a random NAT" to namespaces, cables and addresses. Pure.
 *
 *     server 203.0.113.1 .2 ──────────┐
 *     public host 198.51.100.n ───────┤
 *                                     ├─ internet (192.0.2.1 is everybody's gateway)
 *     host ─ router 198.51.100.n ─────┤
 *     host ─ router ─ carrier .n ─────┘
 *
 * A router's `lan` is a bridge, so hosts can share it; its ports are the far ends of the
 * cables. Nothing is taken from 100.64.0.0/10: the overlay lives there.
 */
import { type NatBehaviour, type NetworkName, networks } from "./behaviour.ts";

export type HostSpec =
  | { readonly network: NetworkName }
  /** Plugged into the same LAN as another host. */
  | { readonly lanOf: string }
  /** Behind a home router of its own, and behind the same carrier as another host. */
  | { readonly carrierOf: string };

export type Uplink =
  | { readonly kind: "internet"; readonly addresses: readonly string[] }
  | { readonly kind: "lan"; readonly router: RouterPlan; readonly address: string; readonly gateway: string };

export type RouterPlan = {
  readonly name: string;
  readonly nat: NatBehaviour;
  readonly uplink: Uplink;
  /** Its own address inside, as CIDR. */
  readonly lan: string;
};

export type HostPlan = {
  readonly name: string;
  readonly uplink: Uplink;
  readonly firewall: boolean;
  /** From the host outwards. */
  readonly routers: readonly RouterPlan[];
  /** What its own interface has. */
  readonly address: string;
  /** What the internet sees. */
  readonly publicAddress: string;
  /** What it saw before the host moved, or its router was given another address. */
  readonly formerAddresses: readonly string[];
};

export type Topology = {
  readonly server: HostPlan;
  readonly hosts: readonly HostPlan[];
  readonly routers: readonly RouterPlan[];
};

export const GATEWAY = "192.0.2.1";
export const SERVER_ADDRESSES = ["203.0.113.1", "203.0.113.2"] as const;
/** Limited by the last octet of the public addresses. */
const MAX_HOSTS = 200;
/** The far end of a cable is named after the near one, and `<name>-cgn1` must fit the kernel's 15 characters. */
const NAME = /^[a-z][a-z0-9]{0,9}$/;
const TAKEN = new Set(["server", "internet", "lan", "wan", "lo", "eth0", "shim0"]);

export function planTopology(specs: Readonly<Record<string, HostSpec>>): Topology {
  const entries = Object.entries(specs);
  if (entries.length > MAX_HOSTS) throw new RangeError(`a lab has at most ${MAX_HOSTS} hosts`);
  for (const [name] of entries) {
    if (!NAME.test(name) || TAKEN.has(name)) throw new RangeError(`a host cannot be called ${name}`);
  }

  const planner = new Planner();
  for (const [name, spec] of entries) planner.addHost(name, spec);
  return {
    server: publicHost("server", SERVER_ADDRESSES, false),
    hosts: [...planner.hosts.values()],
    routers: planner.routers,
  };
}

class Planner {
  readonly hosts = new Map<string, HostPlan>();
  readonly routers: RouterPlan[] = [];
  readonly #guests = new Map<RouterPlan, number>();
  #publicAddresses = 0;

  addHost(name: string, spec: HostSpec): void {
    if ("lanOf" in spec) return this.#addInside(name, this.#routersOf(spec.lanOf, 1));
    if ("carrierOf" in spec) {
      const [home, ...carriers] = this.#routersOf(spec.carrierOf, 2);
      return this.#addInside(name, this.#addRouters(name, home ? [home.nat] : [], carriers));
    }
    const { levels, hostFirewall } = networks[spec.network];
    if (levels.length > 0) return this.#addInside(name, this.#addRouters(name, levels, []));
    this.hosts.set(name, publicHost(name, [this.#nextPublicAddress()], hostFirewall));
  }

  #addInside(name: string, routers: readonly RouterPlan[]): void {
    const uplink = this.#plugInto(routers[0]);
    const publicAddress = outermostAddress(routers);
    const address = addressOf(uplink);
    this.hosts.set(name, { name, uplink, firewall: false, routers, address, publicAddress, formerAddresses: [] });
  }

  /** Builds `levels` in front of `outer`, and returns the whole chain from the inside out. */
  #addRouters(host: string, levels: readonly NatBehaviour[], outer: readonly RouterPlan[]): RouterPlan[] {
    let chain = [...outer];
    for (const [i, nat] of [...levels.entries()].reverse()) {
      const uplink: Uplink = chain[0]
        ? this.#plugInto(chain[0])
        : { kind: "internet", addresses: [this.#nextPublicAddress(nat.opensPorts)] };
      const n = this.routers.length + 1;
      const lan = i === 0 ? `192.168.${n}.1/24` : `172.30.${n}.1/24`;
      const router: RouterPlan = { name: `${host}-${i === 0 ? "nat" : `cgn${i}`}`, nat, uplink, lan };
      this.routers.push(router);
      chain = [router, ...chain];
    }
    return chain;
  }

  #routersOf(host: string, levels: number): readonly RouterPlan[] {
    const routers = this.hosts.get(host)?.routers ?? [];
    if (routers.length < levels) throw new RangeError(`${host} must come first and be behind ${levels} router(s)`);
    return routers;
  }

  #plugInto(router: RouterPlan | undefined): Uplink {
    if (!router) throw new RangeError("a host inside needs a router");
    const guests = (this.#guests.get(router) ?? 0) + 1;
    this.#guests.set(router, guests);
    return guestOf(router, guests);
  }

  #nextPublicAddress(opensPorts = false): string {
    this.#publicAddresses++;
    return publicAddressOf(this.#publicAddresses, opensPorts);
  }
}

/** The uplink of the nth that is plugged into a router's LAN. */
export function guestOf(router: RouterPlan, n: number): Uplink {
  const gateway = router.lan.replace(/\/24$/, "");
  return { kind: "lan", router, gateway, address: gateway.replace(/\.1$/, `.${9 + n}`) };
}

/**
 * The nth at the edge of the internet. A router that opens ports refuses to where its address is one of the ranges for documentation:
 * it has one of a real network's, which no packet of a lab ever reaches.
 */
export function publicAddressOf(n: number, opensPorts = false): string {
  return `${opensPorts ? "7.7.7" : "198.51.100"}.${9 + n}`;
}

function publicHost(name: string, addresses: readonly string[], firewall: boolean): HostPlan {
  const uplink: Uplink = { kind: "internet", addresses };
  const address = addressOf(uplink);
  return { name, uplink, firewall, routers: [], address, publicAddress: address, formerAddresses: [] };
}

export function addressOf(uplink: Uplink): string {
  return uplink.kind === "lan" ? uplink.address : (uplink.addresses[0] ?? "");
}

function outermostAddress(routers: readonly RouterPlan[]): string {
  const outermost = routers.at(-1);
  return outermost ? addressOf(outermost.uplink) : "";
}

/** The two ends of the cable to the outside: who holds the far end, and the device there. */
export function farEnd(name: string, uplink: Uplink): { readonly node: string; readonly device: string } {
  return { node: uplink.kind === "lan" ? uplink.router.name : "internet", device: name };
}
