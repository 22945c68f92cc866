/**
 * A NAT, or a stateful firewall, in the words of RFC 4787. It looks at endpoints and at the
 * time, never into packets.
 */
import { type Endpoint, formatEndpoint } from "@pinhole/protocol";
import type { SeededRandom } from "./seeded-random.ts";

export type Dependence = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export type NatKind = {
  /** `none`: a firewall, which filters and translates nothing. */
  readonly mapping: Dependence | "none";
  readonly filtering: Dependence;
  readonly allocation: "preserve" | "sequential" | "random";
  readonly hairpin: boolean;
  /** Without packets from inside for this long, a binding is forgotten. */
  readonly lifetimeMs: number;
};

const COMMON = { hairpin: false, lifetimeMs: 30_000 } as const;

/** The usual ones, for tests to name. EIM, APDM: mapping. EIF, APDF: filtering. */
export const NAT = {
  firewall: { ...COMMON, mapping: "none", filtering: "address-and-port-dependent", allocation: "preserve" },
  eimEif: { ...COMMON, mapping: "endpoint-independent", filtering: "endpoint-independent", allocation: "preserve" },
  eimApdf: {
    ...COMMON,
    mapping: "endpoint-independent",
    filtering: "address-and-port-dependent",
    allocation: "random",
  },
  apdmRandom: {
    ...COMMON,
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    allocation: "random",
  },
} as const satisfies Record<string, NatKind>;

type Binding = {
  readonly inside: Endpoint;
  readonly outside: Endpoint;
  expiresAt: number;
  /** Whom the inside has sent to by this binding, and until when they may answer. */
  readonly permitted: Map<string, number>;
};

const FIRST_PORT = 1_024;
const LAST_PORT = 65_535;

export class SimNat {
  readonly kind: NatKind;
  readonly address: string;
  readonly #random: SeededRandom;
  readonly #byInside = new Map<string, Binding>();
  readonly #byOutside = new Map<string, Binding>();
  #nextPort: number;

  constructor(kind: NatKind, address: string, random: SeededRandom) {
    this.kind = kind;
    this.address = address;
    this.#random = random;
    this.#nextPort = random.int(20_000, 40_000);
  }

  /** A packet leaves: the source that the outside sees. */
  outbound(source: Endpoint, destination: Endpoint, now: number): Endpoint {
    const key = `${formatEndpoint(source)} ${scope(this.kind.mapping, destination)}`;
    const known = this.#byInside.get(key);
    const binding = known !== undefined && now < known.expiresAt ? known : this.#bind(key, source);
    binding.expiresAt = now + this.kind.lifetimeMs;
    binding.permitted.set(scope(this.kind.filtering, destination), binding.expiresAt);
    return binding.outside;
  }

  /** A packet arrives: who inside gets it; undefined when it is dropped. */
  inbound(source: Endpoint, destination: Endpoint, now: number): Endpoint | undefined {
    const binding = this.#byOutside.get(formatEndpoint(destination));
    if (binding === undefined || now >= binding.expiresAt) return undefined;
    const until = binding.permitted.get(scope(this.kind.filtering, source));
    return until !== undefined && now < until ? binding.inside : undefined;
  }

  /** Everything is forgotten, as in a reboot. */
  reset(): void {
    this.#byInside.clear();
    this.#byOutside.clear();
  }

  #bind(key: string, inside: Endpoint): Binding {
    const stale = this.#byInside.get(key);
    if (stale !== undefined) this.#byOutside.delete(formatEndpoint(stale.outside));
    const outside =
      this.kind.mapping === "none" ? inside : { address: this.address, port: this.#allocate(inside.port) };
    const binding: Binding = { inside, outside, expiresAt: 0, permitted: new Map() };
    this.#byInside.set(key, binding);
    this.#byOutside.set(formatEndpoint(outside), binding);
    return binding;
  }

  #allocate(preferred: number): number {
    if (this.kind.allocation === "preserve" && this.#isFree(preferred)) return preferred;
    for (;;) {
      const port = this.kind.allocation === "sequential" ? this.#nextPort++ : this.#random.int(FIRST_PORT, LAST_PORT);
      if (this.#nextPort > LAST_PORT) this.#nextPort = FIRST_PORT;
      if (this.#isFree(port)) return port;
    }
  }

  #isFree(port: number): boolean {
    return !this.#byOutside.has(formatEndpoint({ address: this.address, port }));
  }
}

/** The part of a remote endpoint that a behaviour tells apart. */
function scope(behaviour: NatKind["mapping"], { address, port }: Endpoint): string {
  switch (behaviour) {
    case "none":
    case "endpoint-independent":
      return "";
    case "address-dependent":
      return address;
    case "address-and-port-dependent":
      return `${address} ${port}`;
  }
}
