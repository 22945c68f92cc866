import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "./testing.ts";
import { hchacha20, xopen, xseal } from "./xchacha20-poly1305.ts";

// draft-irtf-cfrg-xchacha-03, appendix A.3.1
const KEY = fromHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
const NONCE = fromHex("404142434445464748494a4b4c4d4e4f5051525354555657");
const ASSOCIATED = fromHex("50515253c0c1c2c3c4c5c6c7");
const PLAINTEXT = Buffer.from(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
);
const SEALED = `
  bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
  731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
  2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
  21f9664c97637da9768812f615c68b13b52e
  c0875924c1c7987947deafd8780acf49`.replaceAll(/\s/g, "");

describe("XChaCha20-Poly1305", () => {
  test("HChaCha20 derives the subkey of the draft, section 2.2.1", () => {
    const key = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const nonce = fromHex("000000090000004a0000000031415927");
    expect(toHex(hchacha20(key, nonce))).toBe("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
  });

  test("seals the draft's message", () => {
    expect(toHex(xseal(KEY, NONCE, PLAINTEXT, ASSOCIATED))).toBe(SEALED);
  });

  test("opens it", () => {
    expect(xopen(KEY, NONCE, fromHex(SEALED), ASSOCIATED)).toEqual(PLAINTEXT);
  });

  test("opens nothing once a bit of it, of the nonce or of the associated data is changed", () => {
    const sealed = fromHex(SEALED);
    for (let at = 0; at < sealed.length; at++) {
      expect(xopen(KEY, NONCE, flipped(sealed, at), ASSOCIATED), `byte ${at}`).toBeUndefined();
    }
    for (let at = 0; at < NONCE.length; at++)
      expect(xopen(KEY, flipped(NONCE, at), sealed, ASSOCIATED)).toBeUndefined();
    for (let at = 0; at < ASSOCIATED.length; at++) {
      expect(xopen(KEY, NONCE, sealed, flipped(ASSOCIATED, at))).toBeUndefined();
    }
  });

  test("opens nothing shorter than a tag", () => {
    for (let length = 0; length < 16; length++) {
      expect(xopen(KEY, NONCE, new Uint8Array(length), ASSOCIATED)).toBeUndefined();
    }
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
