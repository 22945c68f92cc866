/**
 * One run of a punch plan on this side: pings by the plan's stages from the common start on,
 * and keeps the trace. It ends shortly after the first verified pair, so that a better one
 * may still show itself, or with the last stage.
 */
import type { AttemptTrace, CandidateKind, PunchPlan, TraceEvent } from "@pinhole/protocol/control";
import type { Pair } from "./pair.ts";
import { ProbeRun } from "./probe-run.ts";
import type { ServerClock } from "./server-clock.ts";
import { roundTrip, type TraceDetail, TraceRecorder } from "./trace-recorder.ts";

/** How long other pairs still have to answer once one has. */
const SETTLE_MS = 300;

/** A start that lies farther ahead is a clock's error, and not waited for. */
const MAX_AHEAD_MS = 3_000;

export type AttemptFailure = "no-pong" | "one-way" | "no-pairs";

/** What the trace says of this side besides its events. */
export type TraceSelf = Pick<AttemptTrace, "candidates" | "natProfile">;

export type AttemptEnd = { readonly self: TraceSelf; readonly isCancelled: boolean; readonly active: Pair | undefined };

export type AttemptOptions = {
  readonly plan: PunchPlan;
  readonly clock: ServerClock;
  readonly now: number;
  readonly random: () => number;
};

export class Attempt {
  readonly plan: PunchPlan;
  readonly #run: ProbeRun;
  readonly #clock: ServerClock;
  readonly #trace = new TraceRecorder();
  #hasPairs = false;
  #isStarted = false;
  /** An authenticated ping of the peer came in. */
  #isHeard = false;
  #verifiedAt: number | undefined;
  #verified: Pair | undefined;

  constructor({ plan, clock, now, random }: AttemptOptions) {
    this.plan = plan;
    this.#clock = clock;
    const startAt = Math.min(Math.max(now, clock.toMonotonic(plan.startAt)), now + MAX_AHEAD_MS);
    this.#run = new ProbeRun(plan.strategy.stages, { startAt, random });
    this.#record("plan-received", now, { note: `${plan.trigger}, ${plan.role}` });
  }

  add(pair: Pair, now: number): void {
    this.#hasPairs = true;
    this.#run.add(pair, now);
  }

  onDiscovered(pair: Pair, now: number): void {
    this.#record("candidate-discovered", now, ofPair(pair));
    this.add(pair, now);
  }

  /** The pairs to ping now. */
  take(now: number): Pair[] {
    if (!this.#isStarted && now >= this.#run.startAt) {
      this.#isStarted = true;
      this.#record("started", now);
    }
    return this.#run.take(now);
  }

  onPingSent(pair: Pair, now: number): void {
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
    return Math.min(this.#endAt(), this.#run.nextDeadline());
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
    return Math.min(this.#run.endAt, (this.#verifiedAt ?? Number.POSITIVE_INFINITY) + SETTLE_MS);
  }

  #record(kind: TraceEvent["kind"], now: number, detail?: TraceDetail): void {
    this.#trace.record(kind, this.#clock.at(now) - this.plan.startAt, detail);
  }
}

function ofPair({ endpoint, kind }: Pair): { readonly endpoint: Pair["endpoint"]; readonly candidate: CandidateKind } {
  return { endpoint, candidate: kind };
}
