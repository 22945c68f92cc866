import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { CipherState } from "./cipher-state.ts";

const EMPTY = new Uint8Array(0);

test("a fresh key keeps the counter, and opens nothing that was sealed with the old one", () => {
  const key = new Uint8Array(32).fill(7);
  const [rekeyed, old] = [new CipherState(key), new CipherState(key)];
  const [before, after] = [rekeyed.seal(EMPTY, EMPTY), old.seal(EMPTY, EMPTY)];
  expect(before).toEqual(after);
  rekeyed.rekey();
  expect(rekeyed.counter).toBe(1n);
  expect(rekeyed.seal(EMPTY, EMPTY)).not.toEqual(old.seal(EMPTY, EMPTY));
});

// Noise §4.2: the first 32 bytes of 32 zeros sealed under the largest nonce.
test("the fresh key is the one that the specification says", () => {
  const key = new Uint8Array(32).fill(7);
  const cipher = createCipheriv("chacha20-poly1305", key, Buffer.from("00000000ffffffffffffffff", "hex"), {
    authTagLength: 16,
  });
  const expected = cipher.update(new Uint8Array(32));
  const rekeyed = new CipherState(key);
  rekeyed.rekey();
  expect(rekeyed.seal(EMPTY, EMPTY)).toEqual(new CipherState(expected).seal(EMPTY, EMPTY));
});
