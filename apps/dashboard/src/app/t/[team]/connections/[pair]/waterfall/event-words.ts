/** One event of a trace in a line: for the cursor of the waterfall, for screen readers, and for a spreadsheet. */
import { CANDIDATE_WORDS } from "@/components/words/path-words.ts";
import { formatRtt } from "@/components/quantity.ts";
import { toCsv } from "@/csv.ts";
import { EVENT_WORDS } from "@/components/words/trace-words.ts";
import { formatOffset } from "../format-offset.ts";
import type { Event, Side } from "./lay-out.ts";

export type Names = Readonly<Record<Side, string>>;

export function eventWords(event: Event, names: Names): string {
  const { atMs, side, kind, repeated, endpoint, candidate, rttMs, isSeen, note } = event;
  return [
    `${formatOffset(atMs)}, ${names[side]}: ${EVENT_WORDS[kind].toLowerCase()}${repeated ? ` ${repeated + 1} times` : ""}`,
    endpoint,
    candidate === undefined ? undefined : CANDIDATE_WORDS[candidate].toLowerCase(),
    rttMs === undefined ? undefined : `round trip ${formatRtt(rttMs)}`,
    isSeen === undefined ? undefined : isSeen ? "seen by the other side" : "not seen by the other side",
    note,
  ]
    .filter((part) => part !== undefined && part !== "")
    .join(", ");
}

const COLUMNS = ["ms", "device", "event", "times", "endpoint", "candidate", "rtt_ms", "seen", "note"];

export function eventsCsv(events: readonly Event[], names: Names): string {
  const rows = events.map(({ atMs, side, kind, repeated = 0, endpoint, candidate, rttMs, isSeen, note }) => [
    atMs,
    names[side],
    kind,
    repeated + 1,
    endpoint,
    candidate,
    rttMs,
    isSeen === undefined ? undefined : isSeen ? "yes" : "no",
    note,
  ]);
  return toCsv([COLUMNS, ...rows]);
}
