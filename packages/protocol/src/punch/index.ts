export { chooseTechnique, type Side, type Technique } from "./choose-technique.ts";
export { measuredClass, type NatClass } from "./nat-class.ts";
export { planStrategy, type StrategyOptions } from "./plan-strategy.ts";
export { type SprayTurn, SprayTurns } from "./spray-turns.ts";
export * from "./strategy.ts";
