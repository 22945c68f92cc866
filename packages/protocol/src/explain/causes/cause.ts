/** One reason with the facts it rests on, as a decider of one kind of cause finds it. */
import type { ReasonCode } from "../../control/path-report.ts";
import type { Technique } from "../../punch/choose-technique.ts";
import type { PairEvidence, Sides } from "../evidence.ts";
import type { Fact } from "../fact.ts";
import type { VerdictSide } from "../verdict.ts";

export type Cause = {
  readonly code: ReasonCode;
  readonly side: VerdictSide | null;
  readonly facts: readonly Fact[];
};

export type Case = {
  readonly evidence: PairEvidence;
  readonly sides: Sides;
  /** What opens two such NATs; undefined as long as one of them was not measured. */
  readonly technique: Technique | undefined;
  /** An attempt was made, by at least one side's record. */
  readonly wasTried: boolean;
};

/** Undefined: this is not it, as far as the evidence goes. */
export type Decider = (pair: Case) => Cause | undefined;

export const SIDES = ["a", "b"] as const;

/** One side where it is one, else both. */
export function sideOf(found: readonly ("a" | "b")[]): VerdictSide | null {
  const [first, second] = found;
  return second === undefined ? (first ?? null) : "both";
}
