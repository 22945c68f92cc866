import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("so many at once, so many a second after, and no more at once after a long rest", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  const takeAll = (now: number): number => Array.from({ length: 10 }, () => bucket.take(now)).filter(Boolean).length;
  expect([takeAll(0), takeAll(100), takeAll(150), takeAll(200), takeAll(3_600_000)]).toEqual([3, 1, 0, 1, 3]);
});
