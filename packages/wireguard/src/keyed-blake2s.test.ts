import { blake2s } from "@noble/hashes/blake2.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newMac } from "./keyed-blake2s.ts";
import { toHex } from "./testing.ts";

const key = fc.uint8Array({ minLength: 1, maxLength: 32 });

test("a MAC is the one that another implementation computes, of any key and message, however often it is asked", () => {
  fc.assert(
    fc.property(key, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (bytes, messages) => {
      const mac = newMac(bytes);
      for (const message of [...messages, ...messages]) {
        expect(toHex(mac(message))).toBe(toHex(blake2s(message, { key: bytes, dkLen: 16 })));
      }
    }),
    { numRuns: 500 },
  );
});

test.each([0, 1, 3, 4, 63, 64, 65, 116, 127, 128, 129, 132, 192])("so is that of %i bytes", (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => 255 - at);
  const seven = new Uint8Array(32).fill(7);
  expect(toHex(newMac(seven)(bytes))).toBe(toHex(blake2s(bytes, { key: seven, dkLen: 16 })));
});

test("two keys in turn do not disturb each other", () => {
  const [one, other] = [newMac(Uint8Array.of(1)), newMac(Uint8Array.of(2))];
  const message = Uint8Array.from({ length: 100 }, (_, at) => at);
  const expected = [one(message), other(message)];
  expect([one(message), other(message)]).toEqual(expected);
  expect(toHex(expected[0]!)).not.toBe(toHex(expected[1]!));
});

test.each([0, 33])("a key of %i bytes is none", (length) => {
  expect(() => newMac(new Uint8Array(length))).toThrow(RangeError);
});
