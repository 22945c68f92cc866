export type { PairEvidence, SideEvidence } from "./evidence.ts";
export { explainAttempt } from "./explain-attempt.ts";
export * from "./fact.ts";
export * from "./remedy.ts";
export * from "./verdict.ts";
