/**
 * One side's record of an attempt, bounded: equal events fold into the first of them, and
 * what does not fit in {@link MAX_TRACE_BYTES} is left out, probes first, decisions last.
 */
import type { Endpoint } from "@pinhole/protocol";
import { formatEndpoint } from "@pinhole/protocol";
import type { AttemptTrace, CandidateKind, TraceEvent } from "@pinhole/protocol/control";

export const MAX_TRACE_BYTES = 4_096;
export const MAX_TRACE_EVENTS = 64;

/** Distinct events remembered while the attempt runs. */
const MAX_RECORDED = 256;
const MAX_REPEATED = 10_000;
const MAX_RTT_MS = 60_000;
const MIN_AT_MS = -60_000;
const MAX_AT_MS = 600_000;
const MAX_NOTE_LENGTH = 80;

/** What is left out first when the trace is too large; kinds that are not here are kept to the end. */
const LEAVE_OUT_FIRST: readonly TraceEvent["kind"][] = [
  "spray-sent",
  "probe-sent",
  "port-observed",
  "note-sent",
  "note-received",
  "probe-received",
  "pong-received",
  "candidate-discovered",
  "path-verified",
];

export type TraceDetail = {
  readonly endpoint?: Endpoint;
  readonly candidate?: CandidateKind;
  readonly rttMs?: number;
  readonly note?: string;
};

export class TraceRecorder {
  readonly #events = new Map<string, TraceEvent>();

  /** `atMs` is after the plan's start on the server's clock. */
  record(kind: TraceEvent["kind"], atMs: number, { endpoint, candidate, rttMs, note }: TraceDetail = {}): void {
    const name = endpoint === undefined ? undefined : formatEndpoint(endpoint);
    const key = `${kind} ${name ?? ""}`;
    const first = this.#events.get(key);
    if (first !== undefined) {
      this.#events.set(key, { ...first, repeated: Math.min(MAX_REPEATED, (first.repeated ?? 0) + 1) });
      return;
    }
    if (this.#events.size >= MAX_RECORDED) return;
    this.#events.set(key, {
      atMs: round(Math.min(MAX_AT_MS, Math.max(MIN_AT_MS, atMs))),
      kind,
      ...(name === undefined ? {} : { endpoint: name }),
      ...(candidate === undefined ? {} : { candidate }),
      ...(rttMs === undefined ? {} : { rttMs: roundTrip(rttMs) }),
      ...(note === undefined ? {} : { note: note.slice(0, MAX_NOTE_LENGTH) }),
    });
  }

  /** The trace with as many events as fit, in order of time. */
  finish(trace: Omit<AttemptTrace, "events">): AttemptTrace {
    const events = [...this.#events.values()].sort((a, b) => a.atMs - b.atMs);
    // One byte each for the commas; the base is measured with an empty list.
    let bytes = sizeOf({ ...trace, events: [] }) + events.reduce((sum, event) => sum + sizeOf(event) + 1, 0);
    for (const kind of LEAVE_OUT_FIRST) {
      while (bytes > MAX_TRACE_BYTES || events.length > MAX_TRACE_EVENTS) {
        const at = events.findLastIndex((event) => event.kind === kind);
        // Of each kind one stays: that it happened at all decides what is concluded.
        if (at === events.findIndex((event) => event.kind === kind)) break;
        const [left] = events.splice(at, 1);
        if (left === undefined) break;
        bytes -= sizeOf(left) + 1;
      }
    }
    return { ...trace, events: events.slice(0, MAX_TRACE_EVENTS) };
  }
}

export function roundTrip(ms: number): number {
  return round(Math.min(MAX_RTT_MS, Math.max(0, ms)));
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
