import type { Stage } from "@pinhole/protocol/punch";
import { BirthdayStage } from "./birthday-stage.ts";
import { CoverStage } from "./cover-stage.ts";
import { PredictStage } from "./predict-stage.ts";
import { SimultaneousStage } from "./simultaneous-stage.ts";
import type { StageContext, StageRun } from "./stage-run.ts";

export function newStageRun(stage: Stage, context: StageContext): StageRun {
  switch (stage.kind) {
    case "simultaneous":
      return new SimultaneousStage(stage, context);
    case "predict":
      return new PredictStage(stage, context);
    case "cover":
      return new CoverStage(stage, context);
    case "birthday":
      return new BirthdayStage(stage, context);
    default:
      return stage satisfies never;
  }
}
