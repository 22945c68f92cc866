import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

test("a source gets its burst, then its rate", () => {
  const limit = new RateLimit({ ratePerSecond: 20 });
  expect(allowed(limit, "192.0.2.1", 100, 0)).toBe(20);
  expect(allowed(limit, "192.0.2.1", 100, 500)).toBe(10);
  expect(allowed(limit, "192.0.2.1", 100, 60_000)).toBe(20);
});

test("one source does not use up another's", () => {
  const limit = new RateLimit({ ratePerSecond: 5 });
  expect(allowed(limit, "192.0.2.1", 100, 0)).toBe(5);
  expect(allowed(limit, "192.0.2.2", 100, 0)).toBe(5);
});

test("an IPv6 host has one bucket for its /64, whatever address it takes", () => {
  const limit = new RateLimit({ ratePerSecond: 5 });
  const total = Array.from({ length: 50 }, (_, index) => limit.allows(`2001:db8::${index + 1}`, 0)).filter(Boolean);
  expect(total).toHaveLength(5);
  expect(limit.allows("2001:db8:0:1::1", 0)).toBe(true);
});

test("the table never outgrows its bound, and keeps the sources heard from last", () => {
  const limit = new RateLimit({ ratePerSecond: 1, maxSources: 100 });
  for (let index = 0; index < 1_000; index++) {
    limit.allows(`10.0.${index >> 8}.${index & 0xff}`, 0);
    limit.allows("192.0.2.1", 0);
  }
  expect(limit.size).toBe(100);
  expect(limit.allows("192.0.2.1", 0), "still remembered, still empty").toBe(false);
});

function allowed(limit: RateLimit, address: string, attempts: number, now: number): number {
  return Array.from({ length: attempts }, () => limit.allows(address, now)).filter(Boolean).length;
}
