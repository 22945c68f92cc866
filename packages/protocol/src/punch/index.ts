export { type AttemptState, explainPair } from "./explain-pair.ts";
export { planStrategy } from "./plan-strategy.ts";
export * from "./strategy.ts";
