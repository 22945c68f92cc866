import { describe, expect, test } from "vitest";
import { fromHex, seededRandom, toHex } from "./testing.ts";
import { generateKeyPair, publicKeyOf, sharedSecret } from "./x25519.ts";

// RFC 7748 §6.1
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB_PRIVATE = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

describe("X25519", () => {
  test("derives the public key of RFC 7748", () => {
    expect(toHex(publicKeyOf(fromHex(BOB_PRIVATE)))).toBe(BOB_PUBLIC);
  });

  test("agrees on the secret of RFC 7748", () => {
    expect(toHex(sharedSecret(fromHex(BOB_PRIVATE), fromHex(ALICE_PUBLIC))!)).toBe(SHARED);
  });

  test("makes key pairs that agree with each other, clamped as `wg genkey` does", () => {
    const random = seededRandom("x25519");
    const one = generateKeyPair(random);
    const two = generateKeyPair(random);
    expect(sharedSecret(one.privateKey, two.publicKey)).toEqual(sharedSecret(two.privateKey, one.publicKey));
    expect(one.privateKey[0]! & 7).toBe(0);
    expect(one.privateKey[31]! & 0xc0).toBe(0x40);
  });

  // A peer that could choose the secret would be able to complete a handshake without a key.
  test.each([
    ["zero", "00".repeat(32)],
    ["one", `01${"00".repeat(31)}`],
    ["a point of order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"],
    ["p", `ed${"ff".repeat(30)}7f`],
  ])("has no secret with the low-order public key %s", (_, key) => {
    expect(sharedSecret(fromHex(BOB_PRIVATE), fromHex(key))).toBeUndefined();
  });

  test("refuses keys of another length", () => {
    expect(() => publicKeyOf(new Uint8Array(31))).toThrow(RangeError);
    expect(() => sharedSecret(fromHex(BOB_PRIVATE), new Uint8Array(33))).toThrow(RangeError);
  });
});
