import { expect, test } from "vitest";
import { newBackoff } from "./backoff.ts";

test("doubles its ceiling with each failure, up to the last one", () => {
  const backoff = newBackoff({ firstMs: 100, ceilingMs: 1_000, random: () => 1 });
  expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

test("draws from the whole range below the ceiling", () => {
  const draws = [0, 0.25, 0.999];
  const backoff = newBackoff({ firstMs: 1_000, ceilingMs: 1_000, random: () => draws.shift() ?? 0 });
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([0, 250, 999]);
});

test("begins anew after a success", () => {
  const backoff = newBackoff({ firstMs: 100, ceilingMs: 10_000, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
