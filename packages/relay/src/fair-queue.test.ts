import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteBucket } from "./byte-bucket.ts";
import { FairQueue } from "./fair-queue.ts";

const packet = (number: number) => Uint8Array.of(number);
const drain = (queue: FairQueue): number[] => {
  const out: number[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) out.push(next[0] ?? -1);
  return out;
};

test("senders take turns, and each one's packets keep their order", () => {
  const queue = new FairQueue(10);
  for (const number of [1, 2, 3]) queue.push("a", packet(number));
  for (const number of [11, 12]) queue.push("b", packet(number));
  expect(drain(queue)).toEqual([1, 11, 2, 12, 3]);
  expect(queue.length).toBe(0);
});

// The quiet one may be the one that matters: a handshake, while another sends a film.
test("one that floods pushes out its own oldest packets and nobody else's", () => {
  const queue = new FairQueue(4);
  queue.push("quiet", packet(100));
  for (let number = 1; number <= 50; number++) queue.push("loud", packet(number));
  expect(queue.length).toBe(4);
  expect(drain(queue)).toEqual([100, 48, 49, 50]);
});

test("never holds more than its capacity, and counts right, whatever comes", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom("a", "b", "c"), fc.constant(null))), (steps) => {
      const queue = new FairQueue(5);
      let held = 0;
      for (const step of steps) {
        if (step === null) held -= queue.shift() === undefined ? 0 : 1;
        else held += queue.push(step, packet(1)) ? 0 : 1;
        expect(queue.length).toBe(held);
        expect(held).toBeLessThanOrEqual(5);
      }
      expect(drain(queue)).toHaveLength(held);
    }),
  );
});

test("a bucket gives its burst at once and its rate after that", () => {
  const bucket = new ByteBucket({ bytesPerSecond: 1_000, burst: 500, now: 0 });
  expect([bucket.take(500, 0), bucket.take(1, 0)]).toEqual([true, false]);
  expect([bucket.take(101, 100), bucket.take(100, 100)]).toEqual([false, true]);
  // Set back, the clock earns nothing; and a long pause earns no more than the burst.
  expect(bucket.take(1, 50)).toBe(false);
  expect([bucket.take(501, 1_000_000), bucket.take(500, 1_000_000)]).toEqual([false, true]);
});
