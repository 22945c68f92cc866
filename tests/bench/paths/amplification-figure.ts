import { measureAmplification } from "./amplification.ts";
import type { Figure } from "./figure.ts";

const BOUND = 1;

export function amplificationFigure(): Figure {
  const { worst } = measureAmplification();
  return {
    name: "bytes answered per byte received, unauthenticated",
    bound: `≤ ${BOUND.toFixed(1)}`,
    measured: worst.toFixed(2),
    isMet: worst <= BOUND,
  };
}
