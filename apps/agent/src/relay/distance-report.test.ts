import { beforeEach, expect, test } from "vitest";
import { DistanceReport } from "./distance-report.ts";

const SECOND = 1_000;

let report: DistanceReport;
let now: number;
beforeEach(() => {
  report = new DistanceReport();
  now = 0;
});

test("relays that come up one after another are told together, a second after the first", () => {
  measure({ main: 50 });
  expect(toldWithin(900)).toBeUndefined();
  measure({ fra: 10, main: 50 });
  expect(toldWithin(100)).toEqual({ fra: 10, main: 50 });
  expect(report.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
});

// Peers would go on sending there.
test("one that is gone is told at once", () => {
  measure({ fra: 10, main: 50 });
  toldWithin(SECOND);
  measure({ main: 50 });
  expect(toldWithin(0)).toEqual({ main: 50 });
  measure({ sgp: 5 });
  expect(toldWithin(0)).toEqual({ sgp: 5 });
  measure({});
  expect(toldWithin(0)).toEqual({});
});

test("another distance is told at most each half minute, and a little more or less never", () => {
  measure({ fra: 100 });
  toldWithin(SECOND);
  measure({ fra: 118 });
  expect(report.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
  measure({ fra: 130 });
  expect(toldWithin(29 * SECOND)).toBeUndefined();
  measure({ fra: 140 });
  expect(toldWithin(SECOND)).toEqual({ fra: 140 });
  // A spike that is over by the time that it would be told.
  measure({ fra: 400 });
  measure({ fra: 139 });
  expect(toldWithin(60 * SECOND)).toBeUndefined();
});

test("at most eight are told, the nearest", () => {
  measure(Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`r${n}`, n])));
  expect(Object.keys(toldWithin(SECOND) ?? {})).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"]);
});

function measure(rtts: Readonly<Record<string, number>>): void {
  report.set(
    Object.entries(rtts).map(([relay, rttMs]) => ({ relay, rttMs })),
    now,
  );
}

/** What is told until then, as the owner's timer finds it. */
function toldWithin(ms: number): Record<string, number> | undefined {
  now += ms;
  if (!report.tick(now)) return undefined;
  return Object.fromEntries(report.current.map(({ relay, rttMs }) => [relay, rttMs]));
}
