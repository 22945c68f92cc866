/**
 * Both NAT profiles → the stages that a pair tries, and how likely they are to end in a direct path. Pure; a missing
 * profile is a typical one.
 *
 * Every plan begins with both sides sending to every candidate of the other at the same moment: it costs little, opens most
 * pairs, and does not depend on what was measured. What it cannot open has a second stage beside it, chosen by the
 * profiles. A plan after a failure differs in one thing from the one before.
 */
import type { NatProfile } from "../control/nat-profile.ts";
import { chooseTechnique, type Side, type Technique } from "./choose-technique.ts";
import { measuredClass, natClasses } from "./nat-class.ts";
import { budgetFor, HOLES_PER_SECOND } from "./spray-budget.ts";
import type { Held, PortRange, Role, Sides, Stage, StageOf, Strategy } from "./strategy.ts";

/** Sixteen candidates at the seven moments of the schedule, and as many again for what is discovered on the way. */
const SIMULTANEOUS: Stage = { kind: "simultaneous", startMs: 0, endMs: 3_000, maxProbes: 224 };

/** Four shots: one in five meets a foreign flow between its two questions, and then two ports are told instead of one. */
const SHOTS = 4;
const PREDICT_MS = 3_000;

const OPENINGS = 4;
const SOCKETS_PER_OPENING = 16;
const COVER_MS = 5_000;

/** Answers to the first probes are on their way: no need to burden two NATs if they arrive. */
const SPRAY_AFTER_MS = 200;
/** After the last hole: for the answer, and once more what was lost. */
const SPRAY_REST_MS = 1_500;

/** Packets get lost and routers have moods: nothing is certain, and nothing impossible but for UDP that does not pass. */
const CHANCES: Record<Technique["kind"], number> = {
  simultaneous: 0.98,
  predict: 0.97,
  cover: 0.95,
  birthday: 0.97,
  none: 0.02,
  blocked: 0,
};

/** Without the right to spray, what is left of the birthday is luck. */
const CHANCE_WITHOUT_SPRAY = 0.02;

export type StrategyOptions = {
  /** Attempts that failed in a row. @default 0 */
  readonly failures?: number;
  /** Whether the team lets its devices send to many ports. @default true */
  readonly maySpray?: boolean;
  /** It is not this pair's turn to send to many ports. */
  readonly held?: Held | undefined;
};

export function planStrategy(
  initiator: NatProfile | null,
  responder: NatProfile | null,
  { failures = 0, maySpray = true, held }: StrategyOptions = {},
): Strategy {
  const [a, b] = [measuredClass(initiator), measuredClass(responder)];
  const technique: Technique = a === undefined || b === undefined ? { kind: "simultaneous" } : chooseTechnique(a, b);
  const first = { ...SIMULTANEOUS, ...primesOf(initiator, responder) };
  const isHeld = held !== undefined && maySpray && technique.kind === "birthday";
  return {
    stages: [first, ...furtherStages(technique, failures, maySpray && !isHeld)],
    predictedChance: predictChance(initiator, responder, maySpray && !isHeld),
    ...(isHeld ? { held } : {}),
  };
}

function furtherStages(technique: Technique, failures: number, maySpray: boolean): Stage[] {
  switch (technique.kind) {
    case "simultaneous":
      // The profiles promise a path and there was none: a mapping may be poisoned or clash, so another local port is tried.
      return failures === 0 ? [] : [predict(freshPortOf(failures))];
    case "predict":
      return [predict(technique.shooter === "both" ? "both" : ROLES[technique.shooter])];
    case "cover":
      return [cover(swapped(technique.opener, failures))];
    case "birthday":
      return maySpray ? [birthday(technique)] : [];
    case "none":
    case "blocked":
      return [];
    default:
      return technique satisfies never;
  }
}

const ROLES: Record<Side, Role> = { a: "initiator", b: "responder" };

function freshPortOf(failures: number): Sides {
  return (["initiator", "responder", "both"] as const)[(failures - 1) % 3] ?? "both";
}

function swapped(opener: Side, failures: number): Role {
  return ROLES[failures % 2 === 0 ? opener : opener === "a" ? "b" : "a"];
}

function predict(shooter: Sides): StageOf<"predict"> {
  return { kind: "predict", startMs: 0, endMs: PREDICT_MS, shooter, shots: SHOTS };
}

function cover(opener: Role): StageOf<"cover"> {
  return {
    kind: "cover",
    startMs: 0,
    endMs: COVER_MS,
    opener,
    openings: OPENINGS,
    socketsPerOpening: SOCKETS_PER_OPENING,
  };
}

function birthday({ opener, observesItself, range }: Extract<Technique, { kind: "birthday" }>): StageOf<"birthday"> {
  const { sockets, holes, ranges } = budgetFor(range);
  return {
    kind: "birthday",
    startMs: SPRAY_AFTER_MS,
    endMs: SPRAY_AFTER_MS + Math.ceil((holes / HOLES_PER_SECOND) * 1_000) + SPRAY_REST_MS,
    opener: ROLES[opener],
    sockets,
    holes,
    ranges: [...ranges] satisfies PortRange[],
    observesItself,
    isShortLived: false,
  };
}

function primesOf(initiator: NatProfile | null, responder: NatProfile | null): { readonly primes?: Sides } {
  // The side whose packets would poison the other's NAT is the one that primes.
  const [isA, isB] = [responder?.isPoisoning === true, initiator?.isPoisoning === true];
  if (isA && isB) return { primes: "both" };
  return isA ? { primes: "initiator" } : isB ? { primes: "responder" } : {};
}

function predictChance(a: NatProfile | null, b: NatProfile | null, maySpray: boolean): number {
  let chance = 0;
  for (const one of natClasses(a)) {
    for (const other of natClasses(b)) {
      const { kind } = chooseTechnique(one.natClass, other.natClass);
      chance += one.weight * other.weight * (kind === "birthday" && !maySpray ? CHANCE_WITHOUT_SPRAY : CHANCES[kind]);
    }
  }
  return Math.round(Math.min(1, chance) * 1_000) / 1_000;
}
