import { createHmac, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blake2s } from "@noble/hashes/blake2.js";
import { hash, hmac, mac } from "./blake2s.ts";
import { kdf1, kdf2, kdf3 } from "./kdf.ts";
import { fromHex, toHex } from "./testing.ts";

describe("BLAKE2s", () => {
  test("hashes as in RFC 7693 appendix B", () => {
    const abc = "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982";
    expect(toHex(hash(Buffer.from("abc")))).toBe(abc);
    expect(toHex(hash(Buffer.from("a"), Buffer.from("bc")))).toBe(abc);
  });

  test("the keyed hash is that of the reference test vectors", () => {
    const key = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    expect(toHex(blake2s(new Uint8Array(), { key }))).toBe(
      "48a8997da407876b3d79c0d92325ad3b89cbb754d86ab71aee047ad345fd2c49",
    );
  });

  // The length is part of BLAKE2's parameter block, so a MAC is no prefix of the long hash.
  test("a MAC has 16 bytes and is no truncated hash", () => {
    const key = new Uint8Array(32).fill(7);
    const message = Buffer.from("message");
    expect(mac(key, message)).toHaveLength(16);
    expect(toHex(mac(key, message))).not.toBe(toHex(blake2s(message, { key })).slice(0, 32));
  });

  test("HMAC agrees with OpenSSL's for every key and message", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 200 }), (key, message) => {
        expect(toHex(hmac(key, message))).toBe(createHmac("blake2s256", key).update(message).digest("hex"));
      }),
    );
  });

  test("HMAC refuses a key longer than a block", () => {
    expect(() => hmac(new Uint8Array(65), new Uint8Array())).toThrow(RangeError);
  });

  test("the key derivation is HKDF with nothing as info", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 32 }), (key, input) => {
        const expected = Buffer.from(hkdfSync("blake2s256", input, key, "", 96)).toString("hex");
        expect(toHex(Buffer.concat(kdf3(key, input)))).toBe(expected);
        expect(toHex(Buffer.concat(kdf2(key, input)))).toBe(expected.slice(0, 128));
        expect(toHex(kdf1(key, input))).toBe(expected.slice(0, 64));
      }),
    );
  });
});
