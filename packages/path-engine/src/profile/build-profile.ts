/** What a measurement found → the profile that the device reports; pure. */
import { type Endpoint, addressFamily, addressScope, formatEndpoint } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { classifyNat, type NatClass } from "../stun/classify-nat.ts";
import { type AllocationVerdict, classifyAllocation } from "./classify-allocation.ts";
import { judgeFilter } from "./filter-tests.ts";
import type { Findings } from "./findings.ts";

export type Surroundings = {
  readonly localPort: number;
  /** Of this machine, overlay addresses left out. */
  readonly addresses: readonly string[];
  /** What the router calls its external address, where one was asked. */
  readonly routerAddress?: string | undefined;
  /** Through which the IPv4 servers are reached from a network without IPv4. */
  readonly nat64Prefix?: string | undefined;
  /** On the server's clock. */
  readonly measuredAt: number;
};

const MAX_ENDPOINTS = 8;

/** Every fresh socket kept its port, so the main one's is the same for all peers, though no second address was there to ask. */
const PRESERVED_CONFIDENCE = 0.6;
/** A mapping that is known says most of what there is to know: the filter and the next port are the rest. */
const WITHOUT_FILTERING = 0.85;
const WITHOUT_ALLOCATION = 0.85;

export function buildProfile(findings: Findings, surroundings: Surroundings): NatProfile {
  const { localPort, addresses, nat64Prefix, measuredAt } = surroundings;
  const { observations, samples, hairpin } = findings;
  const nat = classifyNat({
    local: { addresses, port: localPort },
    observations,
    filtering: judgeFilter(findings.filterTries, findings.heard),
  });
  const found = classifyAllocation({
    samples,
    main: observations.map(({ mapped }, order) => ({ order, sentAt: measuredAt, localPort, mapped })),
    isPerRemote: isHard(nat),
  });
  const { mapping, confidence } = withPreservation(nat, found);
  const seen = [...observations, ...samples].map(({ mapped }) => mapped);
  const isTranslated = mapping !== "none" && nat.udp === "ok";
  return {
    udp: samples.length > 0 ? "ok" : nat.udp,
    mapping,
    filtering: nat.filtering,
    ...defined({
      portPreserving: nat.portPreserving,
      allocation: isTranslated ? found?.allocation : undefined,
      arrivalsPerSecond: isTranslated ? rounded(found?.arrivalsPerSecond) : undefined,
      hairpin: isTranslated ? hairpin : undefined,
      isPoisoning: mapping === "endpoint-independent" ? findings.isPoisoning : undefined,
      levels: isTranslated ? levelsOf(seen, surroundings) : undefined,
      nat64Prefix: seen.some(({ address }) => addressFamily(address) === 4) ? nat64Prefix : undefined,
    }),
    publicEndpoints: publicEndpoints(findings),
    confidence: honest(confidence, nat, found),
    measuredAt: Math.max(0, Math.round(measuredAt)),
  };
}

/** Where there is no server to ask. */
export function unknownProfile(measuredAt: number): NatProfile {
  return {
    udp: "unknown",
    mapping: "unknown",
    filtering: "unknown",
    publicEndpoints: [],
    confidence: 0,
    measuredAt: Math.max(0, Math.round(measuredAt)),
  };
}

/** A NAT that keeps the port of every socket shows every peer the same one, as far as anybody can see. */
function withPreservation(
  nat: NatClass,
  found: AllocationVerdict | undefined,
): Pick<NatClass, "mapping" | "confidence"> {
  const isKept = nat.mapping === "unknown" && nat.portPreserving === true && found?.allocation.kind === "preserving";
  return isKept ? { mapping: "endpoint-independent", confidence: PRESERVED_CONFIDENCE } : nat;
}

const isHard = ({ mapping }: NatClass): boolean =>
  mapping === "address-dependent" || mapping === "address-and-port-dependent";

function honest(confidence: number, nat: NatClass, found: AllocationVerdict | undefined): number {
  const missing =
    (nat.filtering === "unknown" ? WITHOUT_FILTERING : 1) *
    (isHard(nat) && found === undefined ? WITHOUT_ALLOCATION : 1);
  return Math.round(confidence * missing * 100) / 100;
}

/** As far as the addresses show. */
function levelsOf(seen: readonly Endpoint[], { addresses, routerAddress }: Surroundings): NatProfile["levels"] {
  const isCarriers = (address: string): boolean => addressScope(address) === "carrier-grade";
  const known = [...addresses, ...seen.map(({ address }) => address), ...(routerAddress ? [routerAddress] : [])];
  if (known.some(isCarriers)) return "carrier-grade";
  if (routerAddress !== undefined && seen.length > 0 && !seen.some(({ address }) => address === routerAddress))
    return "several";
  return "one";
}

/** The main socket's, and one of each address besides that the NAT showed of another: it has several and any may be next. */
function publicEndpoints({ observations, samples }: Findings): string[] {
  const own = observations.map(({ mapped }) => mapped);
  const further = samples
    .map(({ mapped }) => mapped)
    .filter(
      ({ address }, index, all) =>
        !own.some((endpoint) => endpoint.address === address) &&
        all.findIndex((endpoint) => endpoint.address === address) === index,
    );
  return [...new Set([...own, ...further].map(formatEndpoint))].slice(0, MAX_ENDPOINTS);
}

const rounded = (rate: number | undefined): number | undefined =>
  rate === undefined ? undefined : Math.round(rate * 10) / 10;

/** Optional fields are left out and not undefined: they go over the wire. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
