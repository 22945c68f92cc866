/**
 * What a NAT profile says about meeting a peer: which endpoint the peer sees, whether strangers get in, and which port
 * comes next. A measurement is believed by its confidence; for the rest, and for what was not measured, a typical NAT
 * is assumed.
 */
import type { NatFiltering, NatMapping, NatProfile, PortAllocation } from "../control/nat-profile.ts";

export type NatClass = {
  readonly isReachable: boolean;
  /**
   * `known`: the endpoint that a server sees is the one that every peer sees. Otherwise the NAT has another public port
   * for each address of a peer, or for each endpoint.
   */
  readonly mapping: "known" | "per-address" | "per-endpoint";
  /** An answer is let in from another port of an address that was sent to. */
  readonly isTolerant: boolean;
  /** Anybody is let in at an endpoint that is in use, so the one that a server sees is one that every peer reaches. */
  readonly isOpen: boolean;
  readonly allocation: PortAllocation;
};

export type WeightedClass = { readonly natClass: NatClass; readonly weight: number };

/** Where a NAT takes random ports of which nothing was seen. Below are the well-known ports, which no NAT gives out. */
export const ANY_PORT = { kind: "random", first: 1_024, last: 65_535 } as const satisfies PortAllocation;
const PRESERVING = { kind: "preserving" } as const satisfies PortAllocation;

const HOME: NatClass = {
  isReachable: true,
  mapping: "known",
  isTolerant: false,
  isOpen: false,
  allocation: PRESERVING,
};
const HARD: NatClass = {
  isReachable: true,
  mapping: "per-endpoint",
  isTolerant: false,
  isOpen: false,
  allocation: ANY_PORT,
};

const TYPICAL: readonly WeightedClass[] = [
  // Home routers, most of them Linux: one port for all peers, and only those peers may answer.
  { natClass: HOME, weight: 0.72 },
  { natClass: { ...HOME, isTolerant: true }, weight: 0.1 },
  // Mobile carriers and enterprise firewalls: another port for each peer.
  { natClass: HARD, weight: 0.14 },
  { natClass: { ...HARD, isReachable: false }, weight: 0.04 },
];

export const isHard = (mapping: NatMapping): boolean =>
  mapping === "address-dependent" || mapping === "address-and-port-dependent";

export const isTolerant = (filtering: NatFiltering): boolean =>
  filtering === "endpoint-independent" || filtering === "address-dependent";

/** What to plan for: the measurement, whatever its confidence. Undefined as long as the mapping is not known. */
export function measuredClass(profile: NatProfile | null): NatClass | undefined {
  if (profile === null || profile.mapping === "unknown" || profile.udp === "unknown") return undefined;
  return exactly(profile);
}

export function natClasses(profile: NatProfile | null): readonly WeightedClass[] {
  if (profile === null) return TYPICAL;
  const { confidence, udp, mapping, filtering } = profile;
  const isComplete = udp === "blocked" || (udp === "ok" && mapping !== "unknown" && filtering !== "unknown");
  const measured = isComplete ? [{ natClass: exactly(profile), weight: 1 }] : likely(profile);
  return [
    ...measured.map(({ natClass, weight }) => ({ natClass, weight: weight * confidence })),
    ...TYPICAL.map(({ natClass, weight }) => ({ natClass, weight: weight * (1 - confidence) })),
  ];
}

/** The typical classes that a partial measurement leaves possible. */
function likely(profile: NatProfile): readonly WeightedClass[] {
  const possible = TYPICAL.filter(({ natClass }) => agrees(natClass, profile));
  const total = possible.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return [{ natClass: exactly(profile), weight: 1 }];
  return possible.map(({ natClass, weight }) => ({ natClass, weight: weight / total }));
}

function agrees(natClass: NatClass, { udp, mapping, filtering }: NatProfile): boolean {
  if (udp !== "unknown" && (udp === "ok") !== natClass.isReachable) return false;
  if (mapping !== "unknown" && isHard(mapping) === (natClass.mapping === "known")) return false;
  return filtering === "unknown" || isTolerant(filtering) === natClass.isTolerant;
}

function exactly({ udp, mapping, filtering, allocation }: NatProfile): NatClass {
  return {
    isReachable: udp !== "blocked",
    mapping: mappingOf(mapping, allocation),
    isTolerant: isTolerant(filtering),
    isOpen: filtering === "endpoint-independent",
    allocation: allocation ?? (isHard(mapping) ? ANY_PORT : PRESERVING),
  };
}

/** A NAT that keeps the local port shows every peer the same one, whatever it keys its mappings by. */
function mappingOf(mapping: NatMapping, allocation: PortAllocation | undefined): NatClass["mapping"] {
  if (!isHard(mapping) || allocation?.kind === "preserving") return "known";
  return mapping === "address-dependent" ? "per-address" : "per-endpoint";
}
