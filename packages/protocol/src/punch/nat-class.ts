/**
 * What a NAT profile says about meeting a peer, as far as simultaneous sending goes: two facts, each with how likely it is.
 *
 * A measurement is believed by its confidence; for the rest, and for what was not measured, a typical NAT is assumed.
 */
import type { NatFiltering, NatMapping, NatProfile } from "../control/nat-profile.ts";

/**
 * `isKnown`: the endpoint that a server sees is the one that every peer sees.
 * `isTolerant`: an answer is let in from another port of an address that was sent to.
 */
export type NatClass = { readonly isKnown: boolean; readonly isTolerant: boolean; readonly isReachable: boolean };

export type WeightedClass = { readonly natClass: NatClass; readonly weight: number };

const TYPICAL: readonly WeightedClass[] = [
  // Home routers, most of them Linux: one port for all peers, and only those peers may answer.
  { natClass: { isKnown: true, isTolerant: false, isReachable: true }, weight: 0.72 },
  { natClass: { isKnown: true, isTolerant: true, isReachable: true }, weight: 0.1 },
  // Mobile carriers and enterprise firewalls: another port for each peer.
  { natClass: { isKnown: false, isTolerant: false, isReachable: true }, weight: 0.14 },
  { natClass: { isKnown: false, isTolerant: false, isReachable: false }, weight: 0.04 },
];

export const isHard = (mapping: NatMapping): boolean =>
  mapping === "address-dependent" || mapping === "address-and-port-dependent";

export const isTolerant = (filtering: NatFiltering): boolean =>
  filtering === "endpoint-independent" || filtering === "address-dependent";

export function natClasses(profile: NatProfile | null): readonly WeightedClass[] {
  if (profile === null) return TYPICAL;
  const measured = TYPICAL.filter(({ natClass }) => agrees(natClass, profile));
  const total = measured.reduce((sum, { weight }) => sum + weight, 0);
  const weighted =
    total > 0
      ? measured.map(({ natClass, weight }) => ({ natClass, weight: weight / total }))
      : [{ natClass: exactly(profile), weight: 1 }];
  const { confidence } = profile;
  return [
    ...weighted.map(({ natClass, weight }) => ({ natClass, weight: weight * confidence })),
    ...TYPICAL.map(({ natClass, weight }) => ({ natClass, weight: weight * (1 - confidence) })),
  ];
}

/** Whether a typical class is one that the profile leaves possible. */
function agrees(
  { isKnown, isTolerant: tolerates, isReachable }: NatClass,
  { udp, mapping, filtering }: NatProfile,
): boolean {
  if (udp !== "unknown" && (udp === "ok") !== isReachable) return false;
  if (udp === "blocked") return true;
  if (mapping !== "unknown" && isHard(mapping) === isKnown) return false;
  return filtering === "unknown" || isTolerant(filtering) === tolerates;
}

function exactly({ udp, mapping, filtering }: NatProfile): NatClass {
  return { isKnown: !isHard(mapping), isTolerant: isTolerant(filtering), isReachable: udp !== "blocked" };
}
