export type { ServerAnswer } from "./findings.ts";
export { NatProfiler, type ProfilerEffects, type ProfilerLocal, type ProfilerOptions } from "./nat-profiler.ts";
