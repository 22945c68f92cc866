export type { PairEvidence, SideEvidence } from "./evidence.ts";
export { explainAttempt, remediesOf } from "./explain-attempt.ts";
export * from "./explanation.ts";
export * from "./fact.ts";
export { type MergedEvent, mergeTraces, type Traces } from "./merge-traces.ts";
export * from "./remedy.ts";
export { type TechniqueReport, techniquesOf } from "./techniques.ts";
export * from "./verdict.ts";
export * from "./words.ts";
