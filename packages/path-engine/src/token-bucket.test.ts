import { expect, test } from "vitest";
import { KeyedBuckets, TokenBucket } from "./token-bucket.ts";

test("a bucket gives its burst at once, then its rate, and never saves up more than the burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  const takes = (now: number): number => Array.from({ length: 10 }, () => bucket.take(now)).filter(Boolean).length;
  expect([takes(0), takes(50), takes(150), takes(100_000)]).toEqual([3, 0, 1, 3]);
});

test("a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 1_000);
  expect([bucket.take(1_000), bucket.take(0), bucket.take(1_500), bucket.take(2_000)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("each key has its own bucket, and only so many are remembered", () => {
  const buckets = new KeyedBuckets({ perSecond: 0.001, burst: 1 });
  for (let key = 0; key < 5_000; key++) expect(buckets.take(`${key}`, 0)).toBe(true);
  expect(buckets.take("4999", 0)).toBe(false);
});
