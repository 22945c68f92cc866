import { describe, expect, test } from "vitest";
import { Throttle } from "./throttle.ts";

const at = (ms: number) => new Date(1_000_000 + ms);

describe("a throttle", () => {
  test("lets a burst through, then one try for each refill", () => {
    const throttle = new Throttle({ burst: 2, refillMs: 1_000 });
    const tries = [0, 0, 0, 999, 1_000, 1_001, 10_000, 10_000, 10_000].map((ms) => throttle.take("a", at(ms)));
    expect(tries).toEqual([true, true, false, false, true, false, true, true, false]);
  });

  test("keeps keys apart, and forgets one on request", () => {
    const throttle = new Throttle({ burst: 1, refillMs: 1_000 });
    expect([throttle.take("a", at(0)), throttle.take("b", at(0)), throttle.take("a", at(0))]).toEqual([
      true,
      true,
      false,
    ]);
    throttle.reset("a");
    expect(throttle.take("a", at(0))).toBe(true);
  });

  test("earns nothing from a clock that is set back", () => {
    const throttle = new Throttle({ burst: 1, refillMs: 1_000 });
    throttle.take("a", at(0));
    expect(throttle.take("a", at(-100_000))).toBe(false);
  });

  test("remembers no more keys than it may, and the ones used last", () => {
    const throttle = new Throttle({ burst: 1, refillMs: 1_000, maxKeys: 2 });
    for (const key of ["a", "b", "a", "c"]) throttle.take(key, at(0));
    expect([throttle.take("a", at(0)), throttle.take("b", at(0))]).toEqual([false, true]);
  });
});
