/**
 * A conversation with a gateway, written as a generator: it yields one question at a time and is handed the answer, or
 * nothing where none came. It holds no socket and no clock; see {@link ProcedureRunner} for who carries it out.
 */
import type { Endpoint } from "@pinhole/protocol/net";
import type { HttpAnswer, HttpRequest } from "./contract.ts";

export type DatagramQuestion = {
  readonly kind: "datagram";
  /** Also the only place from where an answer is taken. */
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly isAnswer: (bytes: Uint8Array) => boolean;
  /** When to send, counted from the first; the last entry is when to give up. */
  readonly scheduleMs: readonly number[];
};

export type HttpQuestion = { readonly kind: "http"; readonly request: HttpRequest };

export type Question = DatagramQuestion | HttpQuestion;

export type Answer =
  | { readonly kind: "datagram"; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: "http"; readonly answer: HttpAnswer }
  | undefined;

export type Procedure<T> = Generator<Question, T, Answer>;

/** A gateway is one hop away and answers within milliseconds; a busy one is given three seconds. */
export const PATIENT_MS: readonly number[] = [0, 250, 750, 1_750, 3_000];

/** While a program ends, nobody waits long. */
export const HASTY_MS: readonly number[] = [0, 200, 500];

export function* exchange(
  question: Omit<DatagramQuestion, "kind">,
): Procedure<{ readonly bytes: Uint8Array; readonly at: number } | undefined> {
  const answer = yield { kind: "datagram", ...question };
  return answer?.kind === "datagram" ? answer : undefined;
}

export function* fetchHttp(request: HttpRequest): Procedure<HttpAnswer | undefined> {
  const answer = yield { kind: "http", request };
  return answer?.kind === "http" ? answer.answer : undefined;
}
