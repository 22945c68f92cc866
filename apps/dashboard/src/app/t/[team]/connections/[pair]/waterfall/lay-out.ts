/** From an attempt's events to what the waterfall draws: marks on two lanes, the stages' bars, packets between. Pure. */
import type { AttemptDetail } from "@/trpc/outputs.ts";
import { newTimeScale, type TimeScale } from "./time-scale.ts";

export type Event = AttemptDetail["events"][number];
export type Side = Event["side"];

export type Mark = { readonly index: number; readonly event: Event; readonly x: number };

/** How long one technique had the floor on one side. */
export type Bar = { readonly side: Side; readonly stage: string; readonly from: number; readonly to: number };

/** `lost`: sent, and the other side never saw it; `untold`: no record says. */
export type Packet = {
  readonly from: Side;
  readonly x: number;
  readonly arrivesAt: number;
  readonly fate: "arrived" | "lost" | "untold";
};

export type Layout = {
  readonly scale: TimeScale;
  readonly marks: readonly Mark[];
  readonly bars: readonly Bar[];
  readonly packets: readonly Packet[];
};

const ENDS: ReadonlySet<Event["kind"]> = new Set(["path-selected", "gave-up", "cancelled"]);
const SENT: ReadonlySet<Event["kind"]> = new Set(["probe-sent", "spray-sent"]);
/** For a packet of which only the answer tells that it came. */
const UNMEASURED_TRIP_MS = 10;
/** What is heard later than this was another packet. */
const MAX_TRIP_MS = 1_000;

export function layOut(events: readonly Event[]): Layout {
  const scale = newTimeScale(events.map(({ atMs }) => atMs));
  const marks = events.map((event, index) => ({ index, event, x: scale.at(event.atMs) }));
  return {
    scale,
    marks,
    bars: (["a", "b"] as const).flatMap((side) => barsOf(side, events, scale)),
    packets: events
      .filter(({ kind }) => SENT.has(kind))
      .map((event) => ({
        from: event.side,
        x: scale.at(event.atMs),
        arrivesAt: scale.at(arrivalOf(event, events)),
        fate: event.isSeen === undefined ? "untold" : event.isSeen ? "arrived" : "lost",
      })),
  };
}

function barsOf(side: Side, events: readonly Event[], scale: TimeScale): Bar[] {
  const own = events.filter((event) => event.side === side);
  const last = own.at(-1);
  return own.flatMap(({ kind, atMs, note }, index) => {
    if (kind !== "stage-started" || note === undefined || last === undefined) return [];
    const end = own.slice(index + 1).find((later) => later.kind === "stage-started" || ENDS.has(later.kind)) ?? last;
    return [{ side, stage: note, from: scale.at(atMs), to: scale.at(end.atMs) }];
  });
}

/** When the other side next heard anything: nothing arrives before it left, whatever the clocks say. */
function arrivalOf({ side, atMs }: Event, events: readonly Event[]): number {
  const heard = events.find(
    (event) =>
      event.side !== side && event.kind === "probe-received" && event.atMs > atMs && event.atMs - atMs < MAX_TRIP_MS,
  );
  return heard?.atMs ?? atMs + UNMEASURED_TRIP_MS;
}

/** The event that an arrow key leads to. */
export function step(marks: readonly Mark[], at: number, key: string): number | undefined {
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "ArrowRight":
      return Math.min(marks.length - 1, at + 1);
    case "Home":
      return 0;
    case "End":
      return marks.length - 1;
    case "ArrowUp":
      return nearest(marks, at, "a");
    case "ArrowDown":
      return nearest(marks, at, "b");
    default:
      return undefined;
  }
}

/** On the lane of `side`, the mark that is nearest in time. */
function nearest(marks: readonly Mark[], at: number, side: Side): number | undefined {
  const from = marks[at];
  if (from === undefined || from.event.side === side) return at;
  return closest(
    marks.filter(({ event }) => event.side === side),
    from.x,
  )?.index;
}

export function closest(marks: readonly Mark[], x: number): Mark | undefined {
  return marks.reduce<Mark | undefined>(
    (best, mark) => (best === undefined || Math.abs(mark.x - x) < Math.abs(best.x - x) ? mark : best),
    undefined,
  );
}
