import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newGatherer } from "./gatherer.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("the first is delivered at once, a burst after it once and each item once", () => {
  const deliver = vi.fn<(items: ReadonlySet<string>) => void>();
  const gatherer = newGatherer<string>(500, deliver);
  gatherer.add(["devices"]);
  expect(deliver.mock.calls).toEqual([[new Set(["devices"])]]);

  vi.advanceTimersByTime(100);
  gatherer.add(["paths", "devices"]);
  gatherer.add(["devices"]);
  vi.advanceTimersByTime(399);
  expect(deliver).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1);
  expect(deliver.mock.lastCall).toEqual([new Set(["paths", "devices"])]);
});

test("after a quiet while the next one is the first again", () => {
  const deliver = vi.fn<(items: ReadonlySet<string>) => void>();
  const gatherer = newGatherer<string>(500, deliver);
  gatherer.add(["devices"]);
  vi.advanceTimersByTime(10_000);
  gatherer.add(["tokens"]);
  expect(deliver).toHaveBeenCalledTimes(2);
});

test("nothing is delivered after stopping", () => {
  const deliver = vi.fn<(items: ReadonlySet<string>) => void>();
  const gatherer = newGatherer<string>(500, deliver);
  gatherer.add(["devices"]);
  gatherer.add(["paths"]);
  gatherer.stop();
  vi.advanceTimersByTime(10_000);
  expect(deliver).toHaveBeenCalledOnce();
});
