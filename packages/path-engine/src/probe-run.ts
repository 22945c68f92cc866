/**
 * When to ping which pair, stage by stage: the active part of an attempt. Knows nothing of
 * plans, traces and answers.
 */
import type { Stage } from "@pinhole/protocol/punch";
import type { Pair } from "./pair.ts";
import { SimultaneousStage } from "./simultaneous-stage.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

export class ProbeRun {
  readonly startAt: number;
  /** When the last stage has failed if nothing was verified. */
  readonly endAt: number;
  readonly #stages: readonly StageRun[];

  constructor(stages: readonly Stage[], { startAt, random }: StageContext) {
    this.startAt = startAt;
    this.endAt = startAt + Math.max(...stages.map(({ endMs }) => endMs));
    this.#stages = stages.flatMap((stage) => newStageRun(stage, { startAt: startAt + stage.startMs, random }));
  }

  add(pair: Pair, from: number): void {
    for (const stage of this.#stages) stage.add(pair, from);
  }

  take(now: number): Pair[] {
    return this.#stages.flatMap((stage) => stage.take(now));
  }

  nextDeadline(): number {
    return Math.min(this.endAt, ...this.#stages.map((stage) => stage.nextDeadline()));
  }
}

function newStageRun(stage: Stage, context: StageContext): StageRun[] {
  return stage.kind === "simultaneous" ? [new SimultaneousStage(stage, context)] : [];
}
