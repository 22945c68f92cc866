import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPLAY_WINDOW, ReplayWindow } from "./replay-window.ts";

describe("a replay window", () => {
  test("takes each counter once, in any order within the window", () => {
    const window = new ReplayWindow();
    for (const counter of [5n, 3n, 4n, 100n, 99n]) {
      expect(window.isNew(counter), `${counter}`).toBe(true);
      window.take(counter);
      expect(window.isNew(counter), `${counter} again`).toBe(false);
    }
  });

  test("takes nothing older than its width", () => {
    const window = new ReplayWindow();
    window.take(10_000n);
    expect(window.isNew(10_000n - REPLAY_WINDOW)).toBe(false);
    expect(window.isNew(10_001n - REPLAY_WINDOW)).toBe(true);
  });

  test("reaches to the last 64-bit counter, across a jump of a whole boot", () => {
    const window = new ReplayWindow();
    window.take((1n << 32n) + 7n);
    const later = (2n << 32n) + 7n;
    expect(window.isNew(later)).toBe(true);
    window.take(later);
    expect([window.isNew(later), window.isNew((1n << 32n) + 8n)]).toEqual([false, false]);
    window.take(2n ** 64n - 1n);
    expect([window.isNew(2n ** 64n - 1n), window.isNew(2n ** 64n - 2n)]).toEqual([false, true]);
  });

  test("agrees with a plain set of what was taken", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 3n * REPLAY_WINDOW }), { maxLength: 200 }), (counters) => {
        const window = new ReplayWindow();
        const taken = new Set<bigint>();
        let newest = -1n;
        for (const counter of counters) {
          const isNew = !taken.has(counter) && counter > newest - REPLAY_WINDOW;
          expect(window.isNew(counter)).toBe(isNew);
          if (!isNew) continue;
          window.take(counter);
          taken.add(counter);
          if (counter > newest) newest = counter;
        }
      }),
    );
  });
});
