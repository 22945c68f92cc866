/** One tunnel over the wire, whoever made it: what a figure is measured through. */
import type { LabProcess } from "../../natlab/lab-process.ts";
import type { End } from "./wire.ts";

export type Tunnel = {
  readonly name: string;
  /** What it is made of. */
  readonly processes: readonly LabProcess[];
  /** Inside. */
  readonly address: Readonly<Record<End, string>>;
};
