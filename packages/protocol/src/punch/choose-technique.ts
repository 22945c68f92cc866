/**
 * Which technique opens a pair of NATs: the matrix of NAT pairs as a function. Pure.
 *
 * A hit needs one packet that both NATs let through: the port that one side's packet leaves from is the one that the other
 * side sends to. `a` and `b` are the two sides in order; the answer names them.
 *
 * Two hard sides meet at once if one is *open*, and so reached where a server saw it, and the other lets in an answer that
 * comes from another port. Where a side is *known*, simultaneous sending is enough, unless the other side is hard and the known one lets in only
 * ports that it sent to: then the hard side's port has to be found, by observation where its NAT counts and by the birthday
 * paradox where it draws. Two hard sides meet if one of them is tolerant: it is sent to blindly, and learns the other's
 * endpoint from what arrives. It can answer if its NAT keeps one port an address, or the other side is tolerant too, or the
 * other side keeps one port an address and has opened the way for the answer's port as well.
 */
import type { NatClass } from "./nat-class.ts";
import type { PortRange } from "./strategy.ts";

export type Side = "a" | "b";

export type Technique =
  | { readonly kind: "simultaneous" }
  | { readonly kind: "predict"; readonly shooter: Side | "both" }
  | { readonly kind: "cover"; readonly opener: Side }
  | { readonly kind: "birthday"; readonly opener: Side; readonly observesItself: boolean; readonly range: PortRange }
  /** No technique opens it within a budget that a network could bear. */
  | { readonly kind: "none" }
  | { readonly kind: "blocked" };

const SIMULTANEOUS: Technique = { kind: "simultaneous" };
const NONE: Technique = { kind: "none" };

export function chooseTechnique(a: NatClass, b: NatClass): Technique {
  if (!a.isReachable || !b.isReachable) return { kind: "blocked" };
  if (a.mapping === "known" && b.mapping === "known") return SIMULTANEOUS;
  const sides = { a, b };
  if (a.mapping === "known") return meetKnown(sides, "a");
  if (b.mapping === "known") return meetKnown(sides, "b");
  if ((a.isOpen && b.isTolerant) || (b.isOpen && a.isTolerant)) return SIMULTANEOUS;
  return meetTolerant(sides) ?? meetStrict(sides);
}

type Sides = Readonly<Record<Side, NatClass>>;

const other = (side: Side): Side => (side === "a" ? "b" : "a");

function meetKnown(sides: Sides, known: Side): Technique {
  if (sides[known].isTolerant) return SIMULTANEOUS;
  const hard = other(known);
  return find(sides, hard);
}

/** The other side opens ways for `sought`, whose port is not known. */
function find(sides: Sides, sought: Side, observesItself = false): Technique {
  const { allocation } = sides[sought];
  if (allocation.kind === "sequential") return { kind: "predict", shooter: observesItself ? "both" : sought };
  return { kind: "birthday", opener: other(sought), observesItself, range: rangeOf(allocation) };
}

/** Both hard, and one lets in other ports of an address that it sent to. */
function meetTolerant(sides: Sides): Technique | undefined {
  const canBeSought = (side: Side): boolean => {
    const [own, others] = [sides[side], sides[other(side)]];
    return own.isTolerant && (own.mapping === "per-address" || others.isTolerant || others.mapping === "per-address");
  };
  const sought = (["a", "b"] as const).filter(canBeSought);
  // Observing takes a handful of packets, drawing takes hundreds.
  const counting = sought.filter((side) => sides[side].allocation.kind === "sequential");
  const [best] = [...counting, ...sought];
  return best === undefined ? undefined : find(sides, best);
}

/** Both hard, and no answer gets in but from where it was sent to. */
function meetStrict(sides: Sides): Technique {
  const counting = (["a", "b"] as const).filter((side) => sides[side].allocation.kind === "sequential");
  const perAddress = counting.find((side) => sides[side].mapping === "per-address");
  if (counting.length === 2) {
    if (perAddress !== undefined) return { kind: "predict", shooter: "both" };
    // Its own openings are not disturbed by what the other side sends, for all of that is let in.
    return { kind: "cover", opener: sides.b.isTolerant ? "b" : "a" };
  }
  return perAddress === undefined ? NONE : find(sides, other(perAddress), true);
}

function rangeOf(allocation: NatClass["allocation"]): PortRange {
  return allocation.kind === "random"
    ? { first: allocation.first, last: allocation.last }
    : { first: 1_024, last: 65_535 };
}
