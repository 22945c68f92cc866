import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPLAY_WINDOW_MESSAGES } from "./constants.ts";
import { counterOf } from "./counter.ts";
import { ReplayWindow } from "./replay-window.ts";

const BEHIND = BigInt(REPLAY_WINDOW_MESSAGES);

describe("the replay window", () => {
  test("spans at least 8,128 messages", () => {
    expect(REPLAY_WINDOW_MESSAGES).toBeGreaterThanOrEqual(8_128);
  });

  test("takes each counter once, the first among them", () => {
    const window = newWindow();
    expect([window.offer(0n), window.offer(0n), window.offer(1n), window.offer(1n)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test.each([0n, 31n, 2n ** 32n - 5n, 2n ** 53n, 2n ** 64n - 2n ** 13n - 9_000n])(
    "counted from %s, takes what is as old as the window and nothing older",
    (base) => {
      const window = newWindow();
      expect(window.offer(base + BEHIND)).toBe(true);
      expect(window.offer(base)).toBe(true);
      expect(window.offer(base)).toBe(false);
      expect(window.offer(base + BEHIND + 1n)).toBe(true);
      expect(window.offer(base)).toBe(false);
      expect(window.offer(base + 1n)).toBe(true);
      if (base > 0n) expect(window.offer(base - 1n)).toBe(false);
    },
  );

  test.each([1n, 31n, 32n, 33n, 8_127n, 8_128n, 8_159n, 8_160n, 8_161n, 8_192n, 8_193n, 2n ** 32n, 2n ** 60n])(
    "after a jump of %s, forgets the old bits and keeps the new",
    (jump) => {
      const window = newWindow();
      for (let counter = 0n; counter < 100n; counter++) window.offer(counter);
      const newest = 99n + jump;
      expect(window.offer(newest)).toBe(true);
      expect(window.offer(newest)).toBe(false);
      for (let age = 1n; age <= BEHIND && newest - age > 99n; age += 7n) {
        expect(window.offer(newest - age), `${age} behind`).toBe(true);
        expect(window.offer(newest - age), `${age} behind, again`).toBe(false);
      }
      for (let counter = 0n; counter < 100n; counter++) expect(window.offer(counter)).toBe(false);
    },
  );

  // Otherwise a forger could push the window past everything that is on its way.
  test("does not move by being asked", () => {
    const window = new ReplayWindow();
    expect(window.isNew(0x7fffffff, 5)).toBe(true);
    window.take(0, 1);
    expect(window.isNew(0, 0)).toBe(true);
  });

  test("agrees with a set of everything taken, whatever comes", () => {
    const step = fc.oneof(
      fc.bigInt({ min: -9_000n, max: 9_000n }),
      fc.bigInt({ min: -40n, max: 40n }),
      fc.bigInt({ min: 0n, max: 2n ** 40n }),
    );
    const base = fc.constantFrom(0n, 2n ** 32n - 20n, 2n ** 53n - 3n, 2n ** 63n);
    fc.assert(
      fc.property(base, fc.array(step, { maxLength: 200 }), (start, steps) => {
        const window = newWindow();
        const taken = new Set<bigint>();
        let newest = 0n;
        for (const by of [start, ...steps]) {
          const counter = by === start ? start : newest + by < 0n ? 0n : newest + by;
          const expected = !taken.has(counter) && newest - counter <= BEHIND;
          expect(window.offer(counter)).toBe(expected);
          if (expected) taken.add(counter);
          if (counter > newest) newest = counter;
        }
      }),
    );
  });
});

/** Offers an authentic packet's counter, as a session does. */
function newWindow() {
  const window = new ReplayWindow();
  return {
    offer(counter: bigint): boolean {
      const { hi, lo } = counterOf(counter);
      if (!window.isNew(hi, lo)) return false;
      window.take(hi, lo);
      return true;
    },
  };
}
