import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

describe("a reader", () => {
  test("reads big-endian integers in order", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 1, 0));
    expect([reader.u8(), reader.u16(), reader.u32(), reader.u64()]).toEqual([1, 0x0203, 0x04050607, 256n]);
    expect(reader).toMatchObject({ overran: false, remaining: 0, offset: 15 });
  });

  test("latches an overrun and yields zeros from then on, though bytes are left", () => {
    const reader = new ByteReader(Uint8Array.of(0xff, 0xff, 0xff));
    expect(reader.u32()).toBe(0);
    expect(reader.overran).toBe(true);
    expect([reader.u8(), reader.u16(), reader.u64(), reader.bytes(1).length, reader.remaining]).toEqual([
      0,
      0,
      0n,
      0,
      0,
    ]);
  });

  test("copies, so that a reused receive buffer changes nothing", () => {
    const buffer = Uint8Array.of(1, 2, 3, 4);
    const reader = new ByteReader(buffer);
    const first = reader.bytes(2);
    const rest = reader.rest();
    buffer.fill(0);
    expect([...first, ...rest]).toEqual([1, 2, 3, 4]);
  });

  test("reads a view into a larger buffer from the view's own beginning", () => {
    expect(new ByteReader(Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4)).u16()).toBe(0x0102);
  });

  // A length field is the sender's word: asking for 4 GiB of a 3-byte datagram must not allocate 4 GiB.
  test("allocates nothing for a length beyond the end, and takes no negative length", () => {
    expect(new ByteReader(new Uint8Array(3)).bytes(0xffff_ffff)).toHaveLength(0);
    const reader = new ByteReader(new Uint8Array(3));
    reader.skip(-1);
    expect(reader.overran).toBe(true);
  });
});

describe("a writer", () => {
  test("is read back by the reader, whatever is written", () => {
    const field = fc.oneof(
      fc.record({ kind: fc.constant("u8" as const), value: fc.integer({ min: 0, max: 0xff }) }),
      fc.record({ kind: fc.constant("u16" as const), value: fc.integer({ min: 0, max: 0xffff }) }),
      fc.record({ kind: fc.constant("u32" as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ kind: fc.constant("u64" as const), value: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }) }),
      fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const writer = new ByteWriter(1);
        for (const { kind, value } of fields) (writer[kind] as (value: unknown) => void).call(writer, value);
        const reader = new ByteReader(writer.finish());
        for (const { kind, value } of fields) {
          expect(kind === "bytes" ? reader.bytes(value.length) : reader[kind]()).toEqual(value);
        }
        expect(reader).toMatchObject({ overran: false, remaining: 0 });
      }),
    );
  });

  test.each([
    ["u8", 256],
    ["u16", -1],
    ["u32", 2 ** 32],
    ["u8", 1.5],
  ] as const)("refuses to write %s(%d)", (kind, value) => {
    expect(() => new ByteWriter()[kind](value)).toThrow(RangeError);
  });

  test("patches a length that is known only at the end, and nothing beyond it", () => {
    const writer = new ByteWriter().u16(0).zeros(3);
    writer.patchU16(0, writer.length);
    expect([...writer.finish()]).toEqual([0, 5, 0, 0, 0]);
    expect(() => writer.patchU16(4, 1)).toThrow(RangeError);
    expect(() => new ByteWriter().u64(2n ** 64n)).toThrow(RangeError);
  });
});
