/**
 * From what STUN servers saw to the behaviour of the NAT in between, in the words of RFC 4787; pure.
 *
 * Mapping: one local socket asks S1:p1, S2:p1 and S2:p2 and compares the endpoints that they saw (RFC 5780 §4.3).
 * Filtering: whether answers from elsewhere arrived (§4.4). That test has to come from a socket which has sent nothing
 * to "elsewhere" before, or the filter is already open.
 *
 * A hint for planning, never a gate: a NAT that keeps the local port where it can looks
 * endpoint-independent until two of its hosts want the same one.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";

export type Behaviour = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

export type Observation = { readonly server: Endpoint; readonly mapped: Endpoint };

/** Which answers arrived. Undefined: not tried, or refused by the server. */
export type FilteringTest = {
  readonly fromOtherAddressAndPort: boolean | undefined;
  readonly fromOtherPort: boolean | undefined;
};

export type NatMeasurement = {
  readonly local: { readonly addresses: readonly string[]; readonly port: number };
  /** Of one address family, and all of the same local socket. */
  readonly observations: readonly Observation[];
  readonly filtering?: FilteringTest | undefined;
};

export type NatClass = {
  readonly udp: "ok" | "blocked";
  /** "none": the servers saw an address of our own. */
  readonly mapping: Behaviour | "none" | "unknown";
  readonly filtering: Behaviour | "unknown";
  readonly portPreserving: boolean | undefined;
  /** 0 to 1, how much the observations say about the mapping. */
  readonly confidence: number;
};

type Verdict = Pick<NatClass, "mapping" | "confidence">;

export function classifyNat({ local, observations, filtering }: NatMeasurement): NatClass {
  if (observations.length === 0) {
    // One silent server may be down; several, on two addresses and ports, are a firewall. Either way nothing is known to pass.
    return { udp: "blocked", mapping: "unknown", filtering: "unknown", portPreserving: undefined, confidence: 0 };
  }
  const isOurs = ({ mapped }: Observation) => mapped.port === local.port && local.addresses.includes(mapped.address);
  return {
    udp: "ok",
    ...(observations.every(isOurs) ? { mapping: "none" as const, confidence: 1 } : classifyMapping(observations)),
    filtering: classifyFiltering(filtering),
    portPreserving: observations.every(({ mapped }) => mapped.port === local.port),
  };
}

function classifyMapping(observations: readonly Observation[]): Verdict {
  const pairs = pairsOf(observations).map(([a, b]) => ({
    sameAddress: a.server.address === b.server.address,
    samePort: a.server.port === b.server.port,
    sameMapping: endpointsEqual(a.mapped, b.mapped),
  }));
  const compared = pairs.filter(({ sameAddress, samePort }) => !(sameAddress && samePort));
  const acrossPorts = compared.filter(({ sameAddress }) => sameAddress);
  const acrossAddresses = compared.filter(({ sameAddress }) => !sameAddress);

  // The same question twice with two answers: the mapping changed between them, and no pair compares like with like.
  if (pairs.some(({ sameAddress, samePort, sameMapping }) => sameAddress && samePort && !sameMapping))
    return unknown(0);

  if (acrossPorts.some(({ sameMapping }) => !sameMapping)) {
    return { mapping: "address-and-port-dependent", confidence: acrossAddresses.length > 0 ? 0.95 : 0.9 };
  }
  if (acrossAddresses.some(({ sameMapping }) => !sameMapping)) {
    if (acrossPorts.length > 0) return { mapping: "address-dependent", confidence: 0.9 };
    // No second port was compared. The worse of the two is by far the more common.
    return { mapping: "address-and-port-dependent", confidence: 0.6 };
  }
  if (acrossAddresses.length === 0) return unknown(acrossPorts.length > 0 ? 0.3 : 0);
  return { mapping: "endpoint-independent", confidence: acrossPorts.length > 0 ? 0.9 : 0.7 };
}

function classifyFiltering(test: FilteringTest | undefined): NatClass["filtering"] {
  if (test === undefined) return "unknown";
  const { fromOtherAddressAndPort, fromOtherPort } = test;
  if (fromOtherAddressAndPort === true) return "endpoint-independent";
  // What arrives from another port alone says nothing about another address, unless that has been tried.
  if (fromOtherAddressAndPort === undefined || fromOtherPort === undefined) return "unknown";
  return fromOtherPort ? "address-dependent" : "address-and-port-dependent";
}

function unknown(confidence: number): Verdict {
  return { mapping: "unknown", confidence };
}

function pairsOf<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((first, index) => items.slice(index + 1).map((second) => [first, second] as const));
}
