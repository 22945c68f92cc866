/**
 * What two NATs do to each other. Two that no technique opens are a cause by themselves; with a technique, it has to have
 * been left out, and where it ran and missed, chance is only the likeliest explanation.
 */
import type { Side, Technique } from "../../punch/choose-technique.ts";
import type { StageKind } from "../../punch/strategy.ts";
import { eventsOf, other, ranStage } from "../crossing.ts";
import type { Fact } from "../fact.ts";
import { filterFact, hairpinOf, isTrusted, portsFact, sharesAddress } from "../nat-facts.ts";
import { type Case, type Cause, type Decider, SIDES, sideOf } from "./cause.ts";
import { ipv6Silence } from "./network.ts";

/** No technique, so that no attempt is needed to know. */
export const decideImpossible: Decider = (pair) =>
  pair.technique?.kind === "none" ? natCause(pair, { kind: "no-technique", measured: true }) : undefined;

/** A technique that was not let try. */
export const decideLeftOut: Decider = (pair) => {
  const stage = stageFor(pair.technique);
  if (stage === undefined || !pair.wasTried) return undefined;
  const why = whyLeftOut(pair, stage);
  return why && natCause(pair, why);
};

export const guessMissed: Decider = (pair) => {
  if (stageFor(pair.technique) === undefined || !pair.wasTried) return undefined;
  return natCause(pair, { kind: "missed-by-chance", measured: false });
};

/** The stage of a plan that the technique is; undefined for the first one, which every plan has. */
export function stageFor(technique: Technique | undefined): StageKind | undefined {
  switch (technique?.kind) {
    case "predict":
    case "cover":
    case "birthday":
      return technique.kind;
    default:
      return undefined;
  }
}

function whyLeftOut({ evidence, sides }: Case, stage: StageKind): Fact | undefined {
  const ran = SIDES.some((side) => ranStage(sides[side].trace, stage));
  if (stage === "birthday" && !ran && evidence.maySpray === false) return { kind: "spray-off", measured: true };
  const denied = SIDES.filter((side) => eventsOf(sides[side].trace, "spray-denied").length > 0);
  const [first] = denied;
  if (stage === "birthday" && first !== undefined) return { kind: "spray-denied", side: first, measured: true };
  const held = evidence.strategy?.held;
  if (stage === "birthday" && !ran && held !== undefined) return { kind: `spray-${held}`, measured: true };
  const planned = evidence.strategy?.stages;
  if (planned !== undefined && !ran && !planned.some(({ kind }) => kind === stage))
    return { kind: "stage-not-planned", measured: true };
  return undefined;
}

function natCause(pair: Case, tried: Fact): Cause | undefined {
  const { sides } = pair;
  const ports = { a: portsFact(sides, "a"), b: portsFact(sides, "b") };
  const hard = SIDES.filter((side) => ports[side].kind !== "ports-kept");
  const [sought] = hard;
  if (sought === undefined) return undefined;
  const doubts = [ipv6Silence(pair), hairpinDoubt(pair)].filter((fact) => fact !== undefined);
  const unopened = hard.map((side) => unopenedFact(pair, side));
  const isCarriers = unopened.every((fact) => fact?.kind === "carrier-grade");
  const isUnopened = unopened.every((fact) => fact !== undefined);
  const isPair = hard.length === 2;
  const nat: Fact[] = isPair
    ? [ports.a, ports.b, ...filters(pair, "a"), ...filters(pair, "b")]
    : [ports[sought], ...filters(pair, other(sought)), ports[other(sought)]];
  return {
    code: isCarriers
      ? "cgnat_no_portmap"
      : isUnopened
        ? "portmap_refused"
        : isPair
          ? "both_symmetric"
          : "symmetric_vs_port_restricted",
    side: sideOf(hard),
    facts: [...(isUnopened ? unopened.filter((fact) => fact !== undefined) : []), ...nat, tried, ...doubts],
  };
}

const filters = ({ sides }: Case, side: Side): Fact[] => {
  const fact = filterFact(sides, side);
  return fact === undefined ? [] : [fact];
};

/** Why no port can be opened on the side's own router, which would have been the way out; undefined where it was not tried. */
function unopenedFact({ sides }: Case, side: Side): Fact | undefined {
  const { natProfile, portMapping, candidates } = sides[side];
  if (portMapping === "mapped" || candidates.some(({ kind }) => kind === "mapped")) return undefined;
  if (portMapping === "refused") return { kind: "mapping-refused", side, measured: true };
  if (natProfile?.levels === "carrier-grade") return { kind: "carrier-grade", side, measured: isTrusted(natProfile) };
  return undefined;
}

/** Behind one NAT that may not send packets back in, two NATs' types are not all there is to it. */
function hairpinDoubt({ sides }: Case): Fact | undefined {
  return sharesAddress(sides) && hairpinOf(sides) !== true ? { kind: "hairpin-unknown", measured: false } : undefined;
}
