/**
 * Carries out any number of procedures at once: sends and sends again, hands each answer to the procedure that waits for
 * it, and gives up in time. Owns no socket, timer or clock.
 */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol/net";
import { HTTP_TIMEOUT_MS, type HttpAnswer, type HttpRequest, MAX_HTTP_BODY_BYTES } from "./contract.ts";
import type { Answer, Procedure, Question } from "./procedure.ts";

export type RunnerEffects = {
  readonly sendDatagram: (to: Endpoint, bytes: Uint8Array) => void;
  /** The answer comes back with the same number, or never. */
  readonly sendHttp: (id: number, request: HttpRequest) => void;
};

type Run = {
  readonly id: number;
  readonly advance: (answer: Answer) => Question | undefined;
  question: Question;
  askedAt: number;
  sent: number;
};

export class ProcedureRunner {
  readonly #effects: RunnerEffects;
  readonly #now: () => number;
  readonly #runs = new Map<number, Run>();
  #nextId = 1;

  constructor(effects: RunnerEffects, now: () => number) {
    this.#effects = effects;
    this.#now = now;
  }

  /** `onDone` is called within the call that brings the end about, never within this one. */
  start<T>(procedure: Procedure<T>, onDone: (outcome: T) => void): void {
    const advance = (answer: Answer): Question | undefined => {
      const step = procedure.next(answer);
      if (step.done !== true) return step.value;
      onDone(step.value);
      return undefined;
    };
    const first = procedure.next();
    if (first.done === true) return onDone(first.value);
    const run: Run = { id: this.#nextId++, advance, question: first.value, askedAt: 0, sent: 0 };
    this.#runs.set(run.id, run);
    this.#ask(run);
  }

  onDatagram(from: Endpoint, bytes: Uint8Array): void {
    for (const run of this.#runs.values()) {
      const { question } = run;
      if (question.kind !== "datagram" || !endpointsEqual(question.to, from) || !question.isAnswer(bytes)) continue;
      this.#advance(run, { kind: "datagram", bytes, at: this.#now() });
      return;
    }
  }

  onHttp(id: number, answer: HttpAnswer | undefined): void {
    const run = this.#runs.get(id);
    if (run?.question.kind !== "http") return;
    const isUsable = answer !== undefined && answer.body.length <= MAX_HTTP_BODY_BYTES;
    this.#advance(run, isUsable ? { kind: "http", answer } : undefined);
  }

  tick(): void {
    for (const run of this.#runs.values()) {
      if (this.#deadlineOf(run) > this.#now()) continue;
      if (run.question.kind === "http" || run.sent >= run.question.scheduleMs.length - 1) this.#advance(run, undefined);
      else this.#send(run);
    }
  }

  nextDeadline(): number | undefined {
    const deadlines = Array.from(this.#runs.values(), (run) => this.#deadlineOf(run));
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** No procedure goes on, and none is told. */
  abandonAll(): void {
    this.#runs.clear();
  }

  #advance(run: Run, answer: Answer): void {
    this.#runs.delete(run.id);
    const question = run.advance(answer);
    if (question === undefined) return;
    // Under another number: an answer to the question before must not pass for one to this.
    const next: Run = { ...run, id: this.#nextId++, question };
    this.#runs.set(next.id, next);
    this.#ask(next);
  }

  #ask(run: Run): void {
    run.askedAt = this.#now();
    run.sent = 0;
    this.#send(run);
  }

  #send(run: Run): void {
    const { question } = run;
    if (question.kind === "http") return this.#effects.sendHttp(run.id, question.request);
    // After a pause (a laptop's lid), one copy goes out, not every one that was missed.
    const elapsed = this.#now() - run.askedAt;
    run.sent = question.scheduleMs.slice(0, -1).filter((at) => at <= elapsed).length;
    this.#effects.sendDatagram(question.to, question.bytes);
  }

  #deadlineOf({ question, askedAt, sent }: Run): number {
    return askedAt + (question.kind === "http" ? HTTP_TIMEOUT_MS : (question.scheduleMs[sent] ?? 0));
  }
}
