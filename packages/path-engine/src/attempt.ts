/**
 * One run of a punch plan on this side: starts the plan's stages at their times after the common start, tells them what
 * happens, and keeps the trace. It ends shortly after the first verified pair, so that a better one may still show itself,
 * or with the last stage.
 */
import { type Endpoint, idToBytes } from "@pinhole/protocol";
import type { AttemptTrace, CandidateKind, PunchPlan, TraceEvent } from "@pinhole/protocol/control";
import type { Note } from "@pinhole/protocol/probe";
import { AttemptHands, type AttemptHandsOptions } from "./attempt-hands.ts";
import type { Pair } from "./pair.ts";
import type { ServerClock } from "./server-clock.ts";
import { newStageRun } from "./stages/new-stage-run.ts";
import type { StageRun } from "./stages/stage-run.ts";
import { roundTrip, type TraceDetail, TraceRecorder } from "./trace-recorder.ts";

/** How long other pairs still have to answer once one has. */
const SETTLE_MS = 300;

/** A start that lies farther ahead is a clock's error, and not waited for. */
const MAX_AHEAD_MS = 3_000;

export type AttemptFailure = "no-pong" | "one-way" | "no-pairs";

/** What the trace says of this side besides its events. */
export type TraceSelf = Pick<AttemptTrace, "candidates" | "natProfile">;

export type AttemptEnd = { readonly self: TraceSelf; readonly isCancelled: boolean; readonly active: Pair | undefined };

export type AttemptOptions = Omit<AttemptHandsOptions, "record"> & {
  readonly clock: ServerClock;
  readonly now: number;
};

type Running = { readonly kind: string; readonly startAt: number; readonly run: StageRun; isBegun: boolean };

export class Attempt {
  readonly plan: PunchPlan;
  readonly #id: Uint8Array;
  readonly #hands: AttemptHands;
  readonly #stages: readonly Running[];
  readonly #startAt: number;
  readonly #lastsUntil: number;
  readonly #clock: ServerClock;
  readonly #trace = new TraceRecorder();
  #hasPairs = false;
  #isStarted = false;
  /** An authenticated ping of the peer came in. */
  #isHeard = false;
  #verifiedAt: number | undefined;
  #verified: Pair | undefined;

  constructor({ clock, now, ...options }: AttemptOptions) {
    const { plan, host } = options;
    this.plan = plan;
    this.#id = idToBytes(plan.attemptId);
    this.#clock = clock;
    this.#hands = new AttemptHands({ ...options, record: (kind, at, detail) => this.#record(kind, at, detail) });
    this.#startAt = Math.min(Math.max(now, clock.toMonotonic(plan.startAt)), now + MAX_AHEAD_MS);
    this.#lastsUntil = this.#startAt + Math.max(...plan.strategy.stages.map(({ endMs }) => endMs));
    this.#stages = plan.strategy.stages.map((stage) => {
      const [startAt, endAt] = [this.#startAt + stage.startMs, this.#startAt + stage.endMs];
      const context = { startAt, endAt, role: plan.role, random: () => host.random(), hands: this.#hands };
      return { kind: stage.kind, startAt, run: newStageRun(stage, context), isBegun: false };
    });
    this.#record("plan-received", now, { note: `${plan.trigger}, ${plan.role}` });
  }

  add(pair: Pair, now: number): void {
    this.#hasPairs = true;
    for (const { run } of this.#stages) run.add(pair, now);
  }

  onDiscovered(pair: Pair, now: number): void {
    this.#record("candidate-discovered", now, ofPair(pair));
    this.add(pair, now);
    this.onHeardFrom(pair.endpoint, now);
  }

  /** A genuine ping came from there, and there may be no room for a pair of it. */
  onHeardFrom(from: Endpoint, now: number): void {
    for (const { run } of this.#stages) run.onHeard(from, now);
  }

  isAbout({ attempt }: Note): boolean {
    return attempt.every((byte, at) => byte === this.#id[at]);
  }

  onNote({ topic, entries }: Note, now: number): void {
    this.#record("note-received", now, { note: `${topic}, ${entries.length}` });
    for (const { run } of this.#stages) run.onNote(topic, entries, now);
  }

  run(now: number): void {
    if (!this.#isStarted && now >= this.#startAt) {
      this.#isStarted = true;
      this.#record("started", now);
    }
    // The first answer ends what is laborious; what was sent already may still be answered.
    if (this.#verifiedAt !== undefined) return;
    for (const stage of this.#stages) {
      if (!stage.isBegun && now >= stage.startAt) {
        stage.isBegun = true;
        if (stage.kind !== "simultaneous") this.#record("stage-started", now, { note: stage.kind });
      }
      stage.run.run(now);
    }
  }

  /** A ping that answers one of the peer's. */
  onTriggered(pair: Pair, now: number): void {
    this.#record("probe-sent", now, ofPair(pair));
  }

  onPingReceived(pair: Pair, now: number): void {
    this.#isHeard = true;
    this.#record("probe-received", now, ofPair(pair));
  }

  onPong(pair: Pair, rttMs: number, now: number): void {
    this.#record("pong-received", now, { ...ofPair(pair), rttMs });
    this.#verifiedAt ??= now;
    this.#verified ??= pair;
    this.#record("path-verified", now, { ...ofPair(pair), rttMs });
  }

  onSelected(pair: Pair, now: number): void {
    this.#record("path-selected", now, ofPair(pair));
  }

  isOver(now: number): boolean {
    return now >= this.#endAt();
  }

  nextDeadline(): number {
    if (this.#verifiedAt !== undefined) return this.#endAt();
    return Math.min(this.#endAt(), ...this.#stages.map(({ run }) => run.nextDeadline()));
  }

  /** Why it has failed; undefined when a pair was verified. */
  failure(): AttemptFailure | undefined {
    if (this.#verifiedAt !== undefined) return undefined;
    if (this.#isHeard) return "one-way";
    return this.#hasPairs ? "no-pong" : "no-pairs";
  }

  /** `active` is the pair in use, which may be better than the first that was verified. */
  finish(now: number, { self, isCancelled, active }: AttemptEnd): AttemptTrace {
    const best = this.#verified && (active ?? this.#verified);
    this.#hands.close(best !== undefined);
    const outcome = best !== undefined ? "direct" : isCancelled ? "cancelled" : "no-path";
    if (isCancelled) this.#record("cancelled", now);
    else if (best === undefined) this.#record("gave-up", now, { note: this.failure() ?? "" });
    return this.#trace.finish({
      attemptId: this.plan.attemptId,
      peerId: this.plan.peerId,
      outcome,
      ...(best === undefined ? {} : { endpoint: best.name, rttMs: roundTrip(best.stats.rttMs ?? 0) }),
      candidates: [...self.candidates],
      natProfile: self.natProfile,
      clockUncertaintyMs: Math.min(60_000, this.#clock.uncertaintyMs),
    });
  }

  #endAt(): number {
    return Math.min(this.#lastsUntil, (this.#verifiedAt ?? Number.POSITIVE_INFINITY) + SETTLE_MS);
  }

  #record(kind: TraceEvent["kind"], now: number, detail?: TraceDetail): void {
    this.#trace.record(kind, this.#clock.at(now) - this.plan.startAt, detail);
  }
}

function ofPair({ endpoint, kind }: Pair): { readonly endpoint: Pair["endpoint"]; readonly candidate: CandidateKind } {
  return { endpoint, candidate: kind };
}
