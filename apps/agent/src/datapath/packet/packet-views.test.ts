import fc from "fast-check";
import { expect, test } from "vitest";
import { PacketViews } from "./packet-views.ts";

const BYTES = 300_000;

test("yields the part that was asked for, whichever parts were before it", () => {
  const buffer = Uint8Array.from({ length: BYTES }, (_, at) => (at * 7) ^ (at >>> 8)).buffer;
  const views = new PacketViews(buffer);
  const place = fc.record({ from: fc.nat(BYTES - 1), length: fc.nat(2_000) });
  const near = fc.record({ from: fc.nat(40), length: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(fc.oneof(place, near), { minLength: 1, maxLength: 50 }), (places) => {
      for (const { from, length } of places) {
        const to = Math.min(from + length, BYTES);
        const view = views.between(from, to);
        expect([view.byteOffset, view.length, view.buffer === buffer]).toEqual([from, to - from, true]);
        expect(views.has(view)).toBe(true);
      }
    }),
  );
  expect(() => views.between(BYTES - 1, BYTES + 1)).toThrow(RangeError);
});

test("yields one view for one place, and knows views that others made", () => {
  const views = new PacketViews(new ArrayBuffer(BYTES));
  expect(views.between(16, 1_440)).toBe(views.between(16, 1_440));
  expect(views.has(new Uint8Array(views.buffer, 16, 3))).toBe(true);
  expect(views.has(new Uint8Array(BYTES))).toBe(false);
  expect(views.has(new Uint8Array(views.buffer.slice(0), 16, 3))).toBe(false);
});

test("keeps the view of a place through one that is shorter, and not through many", () => {
  const views = new PacketViews(new ArrayBuffer(BYTES));
  const long = views.between(16, 1_440);
  for (const to of [700, 800, 900]) expect(views.has(views.between(16, to))).toBe(true);
  expect(views.between(16, 1_440)).toBe(long);
  views.between(16, 700);
  const short = views.between(16, 700);
  expect(views.between(16, 700)).toBe(short);
});

test("yields parts of parts, and never more than subarray does", () => {
  const views = new PacketViews(new ArrayBuffer(BYTES));
  const own = new Uint8Array(views.buffer, 100, 50);
  const foreign = new Uint8Array(new ArrayBuffer(200), 100, 50);
  for (const bytes of [own, foreign]) {
    for (const [from, to] of [
      [0, 50],
      [3, 7],
      [10, 90],
      [-5, 20],
      [20, 10],
    ] as const) {
      const [part, expected] = [views.within(bytes, from, to), bytes.subarray(from, to)];
      expect([part.buffer === expected.buffer, part.length]).toEqual([true, expected.length]);
      if (part.length > 0) expect(part.byteOffset).toBe(expected.byteOffset);
    }
  }
});
