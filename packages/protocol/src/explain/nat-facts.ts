/** What a NAT profile says, as facts: what was measured with confidence is one, the rest is a guess. */
import type { NatProfile } from "../control/nat-profile.ts";
import { parseEndpoint } from "../endpoint.ts";
import type { Side } from "../punch/choose-technique.ts";
import { isTolerant, measuredClass } from "../punch/nat-class.ts";
import type { Sides } from "./evidence.ts";
import type { Fact, FactKind } from "./fact.ts";

const TRUSTED_CONFIDENCE = 0.7;

export const isTrusted = (profile: NatProfile | null): boolean =>
  profile !== null && profile.confidence >= TRUSTED_CONFIDENCE;

/** Which port a peer sees. */
export function portsFact(sides: Sides, side: Side): Fact {
  const profile = sides[side].natProfile;
  const natClass = measuredClass(profile);
  if (natClass === undefined) return { kind: "nat-unknown", side, measured: false };
  return { kind: portsKind(profile, natClass.mapping === "known"), side, measured: isTrusted(profile) };
}

function portsKind(profile: NatProfile | null, isKnown: boolean): FactKind {
  if (isKnown) return "ports-kept";
  switch (profile?.allocation?.kind) {
    case "sequential":
      return "ports-counted";
    case "random":
      return "ports-drawn";
    default:
      return "ports-change";
  }
}

/** Who is let in; undefined where other ports of a known address are, which stands in nobody's way. */
export function filterFact(sides: Sides, side: Side): Fact | undefined {
  const profile = sides[side].natProfile;
  if (profile === null || profile.filtering === "unknown") return { kind: "filter-unknown", side, measured: false };
  if (isTolerant(profile.filtering)) return undefined;
  return { kind: "filter-by-port", side, measured: isTrusted(profile) };
}

/** Both show one public address to the world, so that they are behind one NAT. */
export function sharesAddress({ a, b }: Sides): boolean {
  const own = new Set(publicAddresses(a.natProfile));
  return publicAddresses(b.natProfile).some((address) => own.has(address));
}

export const hairpinOf = ({ a, b }: Sides): boolean | undefined => a.natProfile?.hairpin ?? b.natProfile?.hairpin;

function publicAddresses(profile: NatProfile | null): string[] {
  return (profile?.publicEndpoints ?? []).flatMap((text) => {
    const endpoint = parseEndpoint(text);
    return endpoint.ok ? [endpoint.value.address] : [];
  });
}
