import { expect, test } from "vitest";
import { LifetimeSearch } from "./lifetime-search.ts";

test.each([
  { lifetimeMs: 12_000, found: 10_000, trials: 4 },
  { lifetimeMs: 20_000, found: 18_750, trials: 4 },
  { lifetimeMs: 30_500, found: 30_000, trials: 4 },
  { lifetimeMs: 65_000, found: 60_000, trials: 5 },
  { lifetimeMs: 180_500, found: 180_000, trials: 6 },
  { lifetimeMs: 300_000, found: 240_000, trials: 4 },
])("finds $found of $lifetimeMs in $trials trials", ({ lifetimeMs, found, trials }) => {
  const search = new LifetimeSearch();
  expect(run(search, lifetimeMs)).toBeLessThanOrEqual(trials);
  expect(search.lifetimeMs).toBe(found);
});

test("knows nothing of a NAT that forgets within ten seconds", () => {
  const search = new LifetimeSearch();
  run(search, 9_000);
  expect([search.lifetimeMs, search.next()]).toEqual([undefined, undefined]);
});

test("begins anew when what survived does not any more", () => {
  const search = new LifetimeSearch();
  run(search, 130_000);
  expect(search.lifetimeMs).toBe(120_000);
  search.onDied(120_000);
  expect(search.lifetimeMs).toBeUndefined();
  run(search, 45_000);
  expect(search.lifetimeMs).toBeLessThanOrEqual(45_000);
  expect(search.lifetimeMs).toBeGreaterThan(30_000);
});

/** Until it is known; in how many trials. */
function run(search: LifetimeSearch, lifetimeMs: number): number {
  for (let trials = 0; ; trials++) {
    const silentMs = search.next();
    if (silentMs === undefined) return trials;
    if (silentMs <= lifetimeMs) search.onSurvived(silentMs);
    else search.onDied(silentMs);
  }
}
