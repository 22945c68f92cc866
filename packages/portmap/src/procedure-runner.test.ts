import { expect, test } from "vitest";
import type { HttpRequest } from "./contract.ts";
import { exchange, fetchHttp, PATIENT_MS, type Procedure } from "./procedure.ts";
import { ProcedureRunner } from "./procedure-runner.ts";

const TO = { address: "192.168.1.1", port: 5351 };
const REQUEST: HttpRequest = { to: { ...TO, path: "/" }, method: "GET", headers: {}, body: "" };

test("sends again at 250, 750 and 1750 ms, and gives up at three seconds", () => {
  const run = new Run();
  run.start(ask(1));
  run.untilIdle();
  expect(run.sentAt).toEqual([0, 250, 750, 1_750]);
  expect(run.outcomes).toEqual([undefined]);
  expect(run.now).toBe(3_000);
});

test("hands each answer to who asked, from where it was asked", () => {
  const run = new Run();
  run.start(ask(1));
  run.start(ask(2));
  run.runner.onDatagram({ ...TO, port: 1 }, Uint8Array.of(2));
  run.runner.onDatagram(TO, Uint8Array.of(3));
  expect(run.outcomes).toEqual([]);
  run.runner.onDatagram(TO, Uint8Array.of(2));
  run.runner.onDatagram(TO, Uint8Array.of(2));
  run.runner.onDatagram(TO, Uint8Array.of(1));
  expect(run.outcomes).toEqual([2, 1]);
  expect(run.runner.nextDeadline()).toBeUndefined();
});

test("takes no answer to the question before for one to this", () => {
  const run = new Run();
  run.start(
    (function* (): Procedure<string> {
      const first = yield* fetchHttp(REQUEST);
      const second = yield* fetchHttp(REQUEST);
      return `${first?.body} ${second?.body}`;
    })(),
  );
  const [first] = run.httpIds;
  run.runner.onHttp(first!, { status: 200, body: "one" });
  run.runner.onHttp(first!, { status: 200, body: "late" });
  run.runner.onHttp(run.httpIds[1]!, { status: 200, body: "two" });
  expect(run.outcomes).toEqual(["one two"]);
});

test("counts an answer that is too long as none, and waits four seconds for any", () => {
  const run = new Run();
  run.start(fetchHttp(REQUEST));
  run.runner.onHttp(run.httpIds[0]!, { status: 200, body: "x".repeat(65_537) });
  run.start(fetchHttp(REQUEST));
  run.untilIdle();
  expect(run.outcomes).toEqual([undefined, undefined]);
  expect(run.now).toBe(4_000);
});

test("sends one copy after a pause, not all that were missed", () => {
  const run = new Run();
  run.start(ask(1));
  run.now = 2_000;
  run.runner.tick();
  expect(run.sentAt).toEqual([0, 2_000]);
  expect(run.runner.nextDeadline()).toBe(3_000);
});

function* ask(byte: number): Procedure<number | undefined> {
  const isAnswer = (bytes: Uint8Array): boolean => bytes[0] === byte;
  const answer = yield* exchange({ to: TO, bytes: Uint8Array.of(byte), isAnswer, scheduleMs: PATIENT_MS });
  return answer?.bytes[0];
}

class Run {
  now = 0;
  readonly sentAt: number[] = [];
  readonly httpIds: number[] = [];
  readonly outcomes: unknown[] = [];
  readonly runner = new ProcedureRunner(
    { sendDatagram: () => this.sentAt.push(this.now), sendHttp: (id) => this.httpIds.push(id) },
    () => this.now,
  );

  start<T>(procedure: Procedure<T>): void {
    this.runner.start(procedure, (outcome) => this.outcomes.push(outcome));
  }

  untilIdle(): void {
    for (let next = this.runner.nextDeadline(); next !== undefined; next = this.runner.nextDeadline()) {
      this.now = next;
      this.runner.tick();
    }
  }
}
