/** What a network does to all UDP, to one IP version, or to packets of two devices behind the same NAT. */
import type { Candidate } from "../../control/candidate.ts";
import { addressScope, parseEndpoint } from "../../endpoint.ts";
import type { Side } from "../../punch/choose-technique.ts";
import { eventsOf, other } from "../crossing.ts";
import type { SideEvidence } from "../evidence.ts";
import type { Fact } from "../fact.ts";
import { hairpinOf, isTrusted, portsFact, sharesAddress } from "../nat-facts.ts";
import { type Case, type Cause, type Decider, SIDES, sideOf } from "./cause.ts";

export const decideBlocked: Decider = ({ sides }) => {
  const blocked = SIDES.filter((side) => sides[side].natProfile?.udp === "blocked" && !heardFromOutside(sides[side]));
  if (blocked.length === 0) return undefined;
  return {
    code: blocked.includes("a") ? "udp_blocked_a" : "udp_blocked_b",
    side: sideOf(blocked),
    facts: blocked.map((side) => ({ kind: "udp-silent", side, measured: isTrusted(sides[side].natProfile) })),
  };
};

/** A packet that came from the Internet refutes a measurement by which none does. */
function heardFromOutside({ trace }: SideEvidence): boolean {
  return eventsOf(trace, "probe-received", "pong-received").some(({ endpoint }) => isPublic(endpoint));
}

export const decideFamily: Decider = ({ sides, wasTried }) => {
  if (!wasTried) return undefined;
  const [a, b] = [familiesOf(sides.a), familiesOf(sides.b)];
  if (a.size === 0 || b.size === 0 || a.has(4) === b.has(4) || a.has(6) === b.has(6)) return undefined;
  const fact = (side: Side, families: ReadonlySet<number>): Fact => ({
    kind: families.has(4) ? "ipv4-only" : "ipv6-only",
    side,
    measured: true,
  });
  return { code: "no_common_family", side: "both", facts: [fact("a", a), fact("b", b)] };
};

function familiesOf({ families, candidates }: SideEvidence): ReadonlySet<number> {
  return new Set<number>(families ?? candidates.map(familyOf));
}

const familyOf = ({ endpoint }: Pick<Candidate, "endpoint">): 4 | 6 => (endpoint.startsWith("[") ? 6 : 4);

/** Behind one NAT, and known to be kept apart by it. */
export const decideHairpin: Decider = (pair) =>
  pair.wasTried && hairpinOf(pair.sides) === false ? sameNat(pair) : undefined;

/** The same by what is usual: most NATs do not send packets back in. */
export const guessHairpin: Decider = (pair) =>
  pair.wasTried && hairpinOf(pair.sides) === undefined ? sameNat(pair) : undefined;

function sameNat({ sides }: Case): Cause | undefined {
  if (!sharesAddress(sides)) return undefined;
  const isMeasured = isTrusted(sides.a.natProfile) && isTrusted(sides.b.natProfile);
  const hairpin = hairpinOf(sides);
  return {
    code: "same_nat_no_hairpin",
    side: "both",
    facts: [
      { kind: "same-public-address", measured: isMeasured },
      hairpin === undefined
        ? { kind: "hairpin-unknown", measured: false }
        : { kind: "hairpin-fails", measured: isMeasured },
    ],
  };
}

/** A side was probed where it was no longer: what its NAT shows at the end is not what the plan told. */
export const decideRebinding: Decider = ({ sides }) => {
  const moved = SIDES.find((side) => {
    const [own, others] = [sides[side], sides[other(side)]];
    if (own.trace === null || portsFact(sides, side).kind !== "ports-kept") return false;
    const told = eventsOf(others.trace, "probe-sent").filter(({ candidate }) => candidate === "server-reflexive");
    const held = [...(own.natProfile?.publicEndpoints ?? []), ...own.candidates.map(({ endpoint }) => endpoint)];
    return told.length > 0 && held.length > 0 && !told.some(({ endpoint = "" }) => held.includes(endpoint));
  });
  if (moved === undefined) return undefined;
  const isMeasured = isTrusted(sides[moved].natProfile);
  return {
    code: "nat_rebinding",
    side: moved,
    facts: [{ kind: "endpoint-changed", side: moved, measured: isMeasured }],
  };
};

/** Where both have IPv6, what their IPv4 NATs do does not explain everything: undefined where one has none. */
export function ipv6Silence({ sides }: Case): Fact | undefined {
  const both = SIDES.every((side) =>
    sides[side].candidates.some((one) => familyOf(one) === 6 && isPublic(one.endpoint)),
  );
  if (!both) return undefined;
  const isIpv6 = ({ endpoint }: { endpoint?: string | undefined }): boolean => endpoint?.startsWith("[") === true;
  const isSeen = SIDES.every(
    (side) =>
      eventsOf(sides[side].trace, "probe-sent").some(isIpv6) &&
      !eventsOf(sides[side].trace, "probe-received").some(isIpv6),
  );
  return { kind: "ipv6-silent", measured: isSeen };
}

function isPublic(text: string | undefined): boolean {
  const endpoint = parseEndpoint(text ?? "");
  if (!endpoint.ok) return false;
  const scope = addressScope(endpoint.value.address);
  // Documentation ranges stand for the Internet in labs and examples.
  return scope === "global" || scope === "documentation";
}
