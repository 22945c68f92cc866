import { hardPairs } from "./hard-pairs.ts";
import { matrix } from "./matrix.ts";
import type { Measurement } from "./measurement.ts";
import { reasons } from "./reasons.ts";
import { lossySimplePairs, timeToDirect } from "./simple-pairs.ts";
import { deadPath, networkChange, steadyHour } from "./upkeep.ts";

/** All that {@link file://./sampler.ts} can take samples of. */
export const MEASUREMENTS: readonly Pick<Measurement<unknown>, "id" | "take">[] = [
  matrix,
  lossySimplePairs,
  timeToDirect,
  ...hardPairs,
  deadPath,
  networkChange,
  steadyHour,
  reasons,
];
