import type { Figure } from "./figure.ts";

/** A figure that many samples come to. A sample depends on its number alone, so any process may take it, in any order. */
export type Measurement<Sample> = {
  /** By which another process finds it among {@link file://./measurements.ts}. */
  readonly id: string;
  readonly size: (seeds: number) => number;
  readonly take: (at: number, seeds: number) => Sample;
  readonly figure: (samples: readonly Sample[], seeds: number) => Figure;
};
