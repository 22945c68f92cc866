import { expect, test } from "vitest";
import { SleepWatch } from "./sleep-watch.ts";

test("sees a sleep once, and neither time that passes nor readings that waver", () => {
  const clocks = { uptime: 1_000_000, monotonic: 5_000 };
  const watch = new SleepWatch({ uptimeMs: () => clocks.uptime, monotonicMs: () => clocks.monotonic });
  const pass = (ms: number): void => {
    clocks.uptime += ms;
    clocks.monotonic += ms;
  };
  expect(watch.hasSlept()).toBe(false);
  pass(3_600_000);
  clocks.uptime += 40;
  expect(watch.hasSlept()).toBe(false);
  clocks.uptime += 30_000;
  pass(2_000);
  expect([watch.hasSlept(), watch.hasSlept()]).toEqual([true, false]);
});
