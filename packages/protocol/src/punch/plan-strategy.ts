/**
 * Both NAT profiles → the stages that a pair tries, and how likely they are to end in a direct path. Pure; a missing
 * profile is a typical one.
 *
 * One stage stands: both sides send to every candidate of the other at the same moment, and answer what comes in. It opens
 * every pair of which both endpoints are known to the other side, and every pair of which the known side lets in an answer
 * from a port that it did not send to. What it cannot open (port prediction, many ports at once) is a matter of more
 * stages in the list, which agents run by kind.
 */
import type { NatProfile } from "../control/nat-profile.ts";
import { type NatClass, natClasses } from "./nat-class.ts";
import type { Stage, Strategy } from "./strategy.ts";

/** Sixteen candidates at the seven moments of the schedule, and as many again for what is discovered on the way. */
const SIMULTANEOUS: Stage = { kind: "simultaneous", startMs: 0, endMs: 3_000, maxProbes: 224 };

/** Packets get lost and routers have moods: nothing is certain, and nothing impossible but for UDP that does not pass. */
const CHANCE_WHERE_IT_WORKS = 0.98;
const CHANCE_WHERE_IT_SHOULD_NOT = 0.02;

export function planStrategy(a: NatProfile | null, b: NatProfile | null): Strategy {
  return { stages: [SIMULTANEOUS], predictedChance: predictChance(a, b) };
}

function predictChance(a: NatProfile | null, b: NatProfile | null): number {
  let chance = 0;
  for (const one of natClasses(a)) {
    for (const other of natClasses(b)) {
      chance += one.weight * other.weight * chanceOf(one.natClass, other.natClass);
    }
  }
  return Math.round(Math.min(1, chance) * 1_000) / 1_000;
}

function chanceOf(a: NatClass, b: NatClass): number {
  if (!a.isReachable || !b.isReachable) return 0;
  return meets(a, b) ? CHANCE_WHERE_IT_WORKS : CHANCE_WHERE_IT_SHOULD_NOT;
}

/** The rows S and 1 of the matrix of NAT pairs. */
export function meets(a: NatClass, b: NatClass): boolean {
  if (a.isKnown && b.isKnown) return true;
  return (a.isKnown && a.isTolerant) || (b.isKnown && b.isTolerant);
}
