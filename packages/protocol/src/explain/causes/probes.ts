/** What the probes say where both NATs promise a path, or nothing is known of them. */
import { hasHeard, oneWayTo, silenceAt } from "../crossing.ts";
import type { Fact } from "../fact.ts";
import { portsFact } from "../nat-facts.ts";
import { type Case, type Decider, SIDES } from "./cause.ts";

export const decideTunnel: Decider = ({ sides }) => {
  for (const side of SIDES) {
    const { tunnel } = sides[side];
    if (tunnel === "handshake-failed")
      return { code: "handshake_failed", side: null, facts: [{ kind: tunnel, side, measured: true }] };
    if (tunnel === "large-packets-lost")
      return { code: "mtu_blackhole", side: null, facts: [{ kind: tunnel, side, measured: true }] };
  }
  return undefined;
};

export const decideOneWay: Decider = (pair) => {
  for (const side of SIDES) {
    const facts = oneWayTo(pair.sides, side);
    if (facts === undefined) continue;
    return {
      code: side === "a" ? "one_way_b_to_a" : "one_way_a_to_b",
      side: null,
      facts: [...facts, ...promises(pair)],
    };
  }
  return undefined;
};

export const decideSilence: Decider = (pair) => {
  const { sides, technique, wasTried } = pair;
  if (!wasTried || technique?.kind !== "simultaneous") return undefined;
  if (SIDES.some((side) => hasHeard(sides[side].trace))) return undefined;
  return {
    code: "probe_timeout",
    side: null,
    facts: [silenceAt(sides, "a"), silenceAt(sides, "b"), ...promises(pair)],
  };
};

/** That neither NAT stands in the way: without it, a missing packet says little of why it is missing. */
function promises({ sides }: Case): readonly Fact[] {
  return SIDES.map((side) => portsFact(sides, side));
}
