/**
 * The 27 classic NAT types against each other (mapping × allocation × filtering, after Roverso, El-Ansary and Haridi,
 * "NATCracker: NAT Combinations Matter"): which technique each of the 378 pairs gets.
 */
import { describe, expect, test } from "vitest";
import { chooseTechnique, type Technique } from "./choose-technique.ts";
import { ANY_PORT, type NatClass } from "./nat-class.ts";

const NAMES = ["EI", "AD", "PD"].flatMap((mapping) =>
  ["PP", "PC", "RD"].flatMap((allocation) => ["EI", "AD", "PD"].map((filter) => `${mapping}-${allocation}-${filter}`)),
);

const PAIRS = NAMES.flatMap((a, at) => NAMES.slice(at).map((b) => [a, b] as const));

/** No packet of one can meet an opening of the other but by chance in two dimensions at once. */
const IMPOSSIBLE = [
  ["AD-RD-PD", "AD-RD-PD"],
  ["AD-RD-PD", "PD-PC-PD"],
  ["AD-RD-PD", "PD-RD-PD"],
  ["PD-PC-EI", "PD-RD-PD"],
  ["PD-PC-AD", "PD-RD-PD"],
  ["PD-PC-PD", "PD-RD-EI"],
  ["PD-PC-PD", "PD-RD-AD"],
  ["PD-PC-PD", "PD-RD-PD"],
  ["PD-RD-EI", "PD-RD-PD"],
  ["PD-RD-AD", "PD-RD-PD"],
  ["PD-RD-PD", "PD-RD-PD"],
];

describe("of the 378 pairs of NAT types", () => {
  test("266 need simultaneous sending alone", () => {
    expect(PAIRS).toHaveLength(378);
    expect(PAIRS.filter((pair) => techniqueOf(pair).kind === "simultaneous")).toHaveLength(266);
  });

  test("11 have no technique", () => {
    expect(PAIRS.filter((pair) => techniqueOf(pair).kind === "none")).toEqual(IMPOSSIBLE);
  });

  test("the technique is the same from both sides", () => {
    for (const [a, b] of PAIRS) expect(mirrored(techniqueOf([b, a])), `${a} ${b}`).toEqual(expectedMirror(a, b));
  });

  test.each<[string, string, Technique]>([
    ["EI-PP-PD", "PD-PC-PD", { kind: "predict", shooter: "b" }],
    ["PD-PC-AD", "EI-RD-PD", { kind: "predict", shooter: "a" }],
    ["EI-PP-PD", "PD-RD-PD", birthday("a")],
    ["AD-RD-PD", "AD-PP-PD", birthday("b")],
    // The tolerant side is the one that is sent to.
    ["AD-RD-AD", "PD-RD-PD", birthday("b")],
    ["PD-PC-AD", "PD-RD-AD", { kind: "predict", shooter: "a" }],
    // Reached at the endpoint that a server saw; the answer comes from another port, and is let in.
    ["PD-RD-EI", "AD-RD-AD", { kind: "simultaneous" }],
    // Its port towards us can be read off, so drawing is needed in one dimension only.
    ["AD-PC-PD", "PD-RD-PD", { ...birthday("a"), observesItself: true }],
    ["AD-PC-PD", "PD-PC-PD", { kind: "predict", shooter: "both" }],
    ["PD-PC-EI", "PD-PC-PD", { kind: "cover", opener: "a" }],
    ["PD-PC-PD", "PD-PC-PD", { kind: "cover", opener: "a" }],
    // What arrives tells the one port that the strict side has for us; the second drawing is for that port.
    ["AD-RD-PD", "PD-RD-EI", birthday("a")],
  ])("%s and %s", (a, b, technique) => {
    expect(techniqueOf([a, b])).toEqual(technique);
  });
});

test("nothing is tried where UDP does not pass", () => {
  expect(chooseTechnique({ ...classOf("EI-PP-EI"), isReachable: false }, classOf("EI-PP-EI"))).toEqual({
    kind: "blocked",
  });
});

function birthday(opener: "a" | "b") {
  return { kind: "birthday", opener, observesItself: false, range: { first: 1_024, last: 65_535 } } as const;
}

function techniqueOf([a, b]: readonly [string, string]): Technique {
  return chooseTechnique(classOf(a), classOf(b));
}

function classOf(name: string): NatClass {
  const [mapping, allocation, filter] = name.split("-");
  return {
    isReachable: true,
    mapping: mapping === "EI" || allocation === "PP" ? "known" : mapping === "AD" ? "per-address" : "per-endpoint",
    isTolerant: filter !== "PD",
    isOpen: filter === "EI",
    allocation:
      allocation === "PP" ? { kind: "preserving" } : allocation === "PC" ? { kind: "sequential", step: 1 } : ANY_PORT,
  };
}

const FLIP = { a: "b", b: "a", both: "both" } as const;

function mirrored(technique: Technique): Technique {
  if (technique.kind === "predict") return { ...technique, shooter: FLIP[technique.shooter] };
  if (technique.kind === "birthday" || technique.kind === "cover")
    return { ...technique, opener: FLIP[technique.opener] };
  return technique;
}

/** Where both sides are alike in what counts, the first is taken, and the mirror differs in that alone. */
function expectedMirror(a: string, b: string): Technique {
  const [straight, mirror] = [techniqueOf([a, b]), mirrored(techniqueOf([b, a]))];
  const isTie = straight.kind === mirror.kind && isEven(a, b);
  return isTie ? mirror : straight;
}

function isEven(a: string, b: string): boolean {
  const [one, other] = [classOf(a), classOf(b)];
  return one.allocation.kind === other.allocation.kind && one.isTolerant === other.isTolerant;
}
