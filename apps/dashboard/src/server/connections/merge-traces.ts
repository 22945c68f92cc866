/** Both sides' records of one attempt as one story. Pure. */
import type { AttemptTrace, TraceEvent } from "@pinhole/protocol/control";
import type { Side } from "./pair.ts";

export type MergedEvent = TraceEvent & { readonly side: Side };

/** By the server's clock; the order of two events of different sides is as sure as the sides' clock uncertainties allow. */
export function mergeTraces(traces: Readonly<Record<Side, AttemptTrace | null>>): MergedEvent[] {
  const of = (side: Side): MergedEvent[] => (traces[side]?.events ?? []).map((event) => ({ ...event, side }));
  return [...of("a"), ...of("b")].toSorted((one, other) => one.atMs - other.atMs);
}
