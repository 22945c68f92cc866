/** A socket opened for one measurement, and what it asked. */
import type { SocketId } from "../contract.ts";
import type { FilterTry, TryResult } from "./filter-tests.ts";
import type { PortSample } from "./port-sample.ts";
import type { Question } from "./questions.ts";

export type FreshSocket = {
  readonly id: SocketId;
  /** Among those of the measurement. */
  readonly order: number;
  localPort: number | undefined;
  readonly plain: Question | undefined;
  readonly changeBoth: Question | undefined;
  readonly changePort: Question | undefined;
};

export function sampleOf({ order, localPort, plain }: FreshSocket): PortSample | undefined {
  return plain?.answer && { order, sentAt: plain.sentAt, localPort, mapped: plain.answer.mapped };
}

export function tryOf({ plain, changeBoth, changePort }: FreshSocket): FilterTry {
  return {
    isPlainAnswered: plain?.answer !== undefined,
    fromOtherAddressAndPort: resultOf(changeBoth),
    fromOtherPort: resultOf(changePort),
  };
}

function resultOf(question: Question | undefined): TryResult {
  if (question === undefined) return "not-asked";
  if (question.isRefused) return "refused";
  return question.answer === undefined ? "silent" : "arrived";
}
