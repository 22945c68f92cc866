/**
 * Why a pair is not direct: one pure function for `pinhole status`, `pinhole why`, the dashboard and the simulator.
 *
 * Causes are looked for in an order, and the first that the evidence bears is the verdict: what keeps a pair from trying,
 * then what makes every attempt fail, then what failed in this one, measured before guessed. A verdict is *measured* only
 * when each fact that it rests on is; where nothing decides, it is "unknown".
 */
import type { ReasonCode } from "../control/path-report.ts";
import { chooseTechnique } from "../punch/choose-technique.ts";
import { measuredClass } from "../punch/nat-class.ts";
import type { Case, Cause, Decider } from "./causes/cause.ts";
import { decideBlocked, decideFamily, decideHairpin, decideRebinding, guessHairpin } from "./causes/network.ts";
import { decideCancelled, decideCandidates, decideLateness, decideRequest } from "./causes/planning.ts";
import { decideOneWay, decideSilence, decideTunnel, guessObstacle } from "./causes/probes.ts";
import { decideStanding } from "./causes/standing.ts";
import { decideImpossible, decideLeftOut, guessMissed } from "./causes/technique.ts";
import { type PairEvidence, type Sides, sidesOf } from "./evidence.ts";
import { remediesFor } from "./remedies-for.ts";
import type { Remedy } from "./remedy.ts";
import type { Verdict, VerdictSide } from "./verdict.ts";

const DECIDERS: readonly Decider[] = [
  decideStanding,
  decideTunnel,
  decideRequest,
  decideBlocked,
  decideFamily,
  decideCandidates,
  decideHairpin,
  decideImpossible,
  decideLateness,
  decideRebinding,
  decideLeftOut,
  decideCancelled,
  decideOneWay,
  guessHairpin,
  guessObstacle,
  guessMissed,
  decideSilence,
];

const UNKNOWN: Cause = { code: "unknown", side: null, facts: [] };

export function explainAttempt(evidence: PairEvidence): Verdict {
  const sides = sidesOf(evidence);
  const outcome = outcomeOf(sides);
  const isTunnelBroken = sides.a.tunnel !== undefined || sides.b.tunnel !== undefined;
  if (outcome === "direct" && !isTunnelBroken) return clear(outcome);

  const pair: Case = { evidence, sides, technique: techniqueOf(sides), wasTried: outcome !== null };
  const cause = firstCause(pair) ?? (pair.wasTried ? UNKNOWN : undefined);
  if (cause === undefined) return clear(outcome);
  return {
    outcome,
    code: cause.code,
    side: cause.side,
    measured: cause.facts.length > 0 && cause.facts.every(({ measured }) => measured),
    facts: [...cause.facts],
    remedies: remediesFor(cause, sides),
  };
}

/** What would help where a side's own word for the cause is all there is. */
export function remediesOf(code: ReasonCode, side: VerdictSide | null, evidence: PairEvidence): Remedy[] {
  return remediesFor({ code, side, facts: [] }, sidesOf(evidence));
}

function firstCause(pair: Case): Cause | undefined {
  for (const decide of DECIDERS) {
    const cause = decide(pair);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

const clear = (outcome: Verdict["outcome"]): Verdict => ({
  outcome,
  code: null,
  side: null,
  measured: false,
  facts: [],
  remedies: [],
});

/** Direct if one side saw it so, for the other's record may end a moment before. */
function outcomeOf({ a, b }: Sides): Verdict["outcome"] {
  const outcomes = [a.trace?.outcome, b.trace?.outcome];
  return (["direct", "no-path", "cancelled"] as const).find((outcome) => outcomes.includes(outcome)) ?? null;
}

function techniqueOf({ a, b }: Sides): Case["technique"] {
  const [one, two] = [measuredClass(a.natProfile), measuredClass(b.natProfile)];
  return one === undefined || two === undefined ? undefined : chooseTechnique(one, two);
}
