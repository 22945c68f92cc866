/** What the probes say where both NATs promise a path, or nothing is known of them. */
import { hasHeard, oneWayTo, ranStage, silenceAt } from "../crossing.ts";
import type { Fact } from "../fact.ts";
import { portsFact } from "../nat-facts.ts";
import { type Case, type Decider, SIDES } from "./cause.ts";
import { stageFor } from "./technique.ts";

export const decideTunnel: Decider = ({ sides }) => {
  for (const side of SIDES) {
    const { tunnel } = sides[side];
    if (tunnel === "handshake-failed")
      return { code: "handshake_failed", side: null, facts: [{ kind: tunnel, side, measured: true }] };
    if (tunnel === "silent") {
      // A handshake is what WireGuard tries next; that it failed as well is likely, and nobody saw it.
      const facts: Fact[] = [
        { kind: "tunnel-silent", side, measured: true },
        { kind: "handshake-failed", side, measured: false },
      ];
      return { code: "handshake_failed", side: null, facts };
    }
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
  const facts = promises(pair);
  // Where a side is reached at no port that the other knows, its NAT hides that one direction works.
  const isHidden = facts.some(({ kind }) => kind !== "ports-kept");
  return {
    code: "probe_timeout",
    side: null,
    facts: [...silences(pair), ...facts, ...(isHidden ? [{ kind: "one-way-unseen", measured: false } as const] : [])],
  };
};

/**
 * A technique that opens nearly all such pairs ran on both sides, and not one packet came through: that something else is in
 * the way is likelier than so much bad luck.
 */
export const guessObstacle: Decider = (pair) => {
  const stage = stageFor(pair.technique);
  if (stage === undefined || !SIDES.every((side) => ranStage(pair.sides[side].trace, stage))) return undefined;
  return {
    code: "probe_timeout",
    side: null,
    facts: [...silences(pair), ...promises(pair), { kind: "technique-failed", measured: false }],
  };
};

const silences = ({ sides }: Case): readonly Fact[] => SIDES.map((side) => silenceAt(sides, side));

/** That neither NAT stands in the way: without it, a missing packet says little of why it is missing. */
function promises({ sides }: Case): readonly Fact[] {
  return SIDES.map((side) => portsFact(sides, side));
}
