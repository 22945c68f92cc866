/** Both sides' records of one attempt as one story on the server's clock. Pure. */
import * as z from "zod";
import { type AttemptTrace, type TraceEvent, traceEventSchema } from "../control/trace.ts";
import { addressScope, parseEndpoint } from "../endpoint.ts";
import { eventsOf, other } from "./crossing.ts";
import { pairSideSchema } from "./fact.ts";

export const mergedEventSchema = traceEventSchema.extend({
  side: pairSideSchema,
  /** Of what was sent: whether the other side saw it; absent where no record tells. */
  isSeen: z.boolean().optional(),
});
export type MergedEvent = z.infer<typeof mergedEventSchema>;

export type Traces = Readonly<Record<"a" | "b", AttemptTrace | null>>;

/** The order of two events of different sides is as sure as the sides' clock uncertainties allow. */
export function mergeTraces(traces: Traces): MergedEvent[] {
  const of = (side: "a" | "b"): MergedEvent[] =>
    (traces[side]?.events ?? []).map((event) => {
      const isSeen = wasSeen(event, traces[side], traces[other(side)]);
      return { ...event, side, ...(isSeen === undefined ? {} : { isSeen }) };
    });
  return [...of("a"), ...of("b")].toSorted((one, two) => one.atMs - two.atMs);
}

/**
 * An answer proves that a probe arrived. Without one, the other side's record tells: what it heard came by way of the
 * Internet or of a local network, and so went what was sent.
 */
function wasSeen(event: TraceEvent, own: AttemptTrace | null, others: AttemptTrace | null): boolean | undefined {
  if (event.kind !== "probe-sent" && event.kind !== "spray-sent") return undefined;
  const isAnswered = eventsOf(own, "pong-received").some(({ endpoint }) => endpoint === event.endpoint);
  if (isAnswered && event.kind === "probe-sent") return true;
  if (others === null) return undefined;
  const way = wayOf(event.endpoint);
  return eventsOf(others, "probe-received").some(({ endpoint }) => wayOf(endpoint) === way);
}

function wayOf(text: string | undefined): string {
  const endpoint = parseEndpoint(text ?? "");
  // A spray has no one endpoint, and goes to a public IPv4 address.
  if (!endpoint.ok) return "4 public";
  const { address } = endpoint.value;
  const isLocal = ["private", "link-local", "loopback"].includes(addressScope(address));
  return `${address.includes(":") ? 6 : 4} ${isLocal ? "local" : "public"}`;
}
