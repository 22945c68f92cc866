/** OpenSSL through FFI against node:crypto, which is an independent way into the same library. */
import { nodeAead } from "@pinhole/wireguard";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadNative, type Native } from "./native.ts";
import { allocate } from "./native-memory.ts";
import { loadOpensslAead } from "./openssl-aead.ts";

const CANARY = 0xa5;
const TAG_BYTES = 16;

const loaded = loadNative();

describe.runIf(loaded.ok)("OpenSSL's AEAD", () => {
  const native = (loaded as { value: Native }).value;
  const opened = loadOpensslAead(native);
  if (!opened.ok) throw new Error(opened.error.words);
  const aead = opened.value;
  const arena = allocate(native, 70_000);

  const message = fc.record({
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    counter: fc.record({ hi: fc.nat(0xffffffff), lo: fc.nat(0xffffffff) }),
    plaintext: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1_200, maxLength: 1_600 })),
    from: fc.nat(40),
    at: fc.nat(64),
    isNative: fc.boolean(),
  });

  test("seals as node:crypto does, where the bytes lie and nowhere else", () => {
    fc.assert(
      fc.property(message, ({ key, counter, plaintext, from, at, isNative }) => {
        const memory = isNative ? arena.fill(CANARY) : new Uint8Array(2_000).fill(CANARY);
        const end = at + from + plaintext.length + TAG_BYTES;
        const datagram = memory.subarray(at, end);
        datagram.set(plaintext, from);
        const expected = Uint8Array.from(datagram);
        const [ours, nodes] = [aead.newSealer(key), nodeAead.newSealer(key)];
        ours.seal(counter, datagram, from);
        nodes.seal(counter, expected, from);
        expect(Buffer.compare(datagram, expected)).toBe(0);
        expect(memory.subarray(0, at + from).every((byte) => byte === CANARY)).toBe(true);
        expect(memory.subarray(end, end + 100).every((byte) => byte === CANARY)).toBe(true);
        ours.destroy();
      }),
      { numRuns: 300 },
    );
  });

  test("opens what node:crypto sealed, and nothing with one bit of it changed", () => {
    fc.assert(
      fc.property(message, fc.nat(), ({ key, counter, plaintext, from, at, isNative }, flip) => {
        const sealed = new Uint8Array(from + plaintext.length + TAG_BYTES);
        sealed.set(plaintext, from);
        nodeAead.newSealer(key).seal(counter, sealed, from);
        const memory = isNative ? arena.fill(CANARY) : new Uint8Array(2_000).fill(CANARY);
        const datagram = memory.subarray(at, at + sealed.length);
        const opener = aead.newOpener(key);
        datagram.set(sealed);
        const bit = flip % ((plaintext.length + TAG_BYTES) * 8);
        datagram[from + (bit >> 3)]! ^= 1 << (bit & 7);
        expect(opener.open(counter, datagram, from)).toBeUndefined();
        datagram.set(sealed);
        expect(Uint8Array.from(opener.open(counter, datagram, from)!)).toEqual(plaintext);
        expect(memory.subarray(at + sealed.length, at + sealed.length + 100).every((byte) => byte === CANARY)).toBe(
          true,
        );
        opener.destroy();
      }),
      { numRuns: 300 },
    );
  });

  test("takes the longest datagram there is", () => {
    const key = new Uint8Array(32).fill(1);
    const datagram = arena.subarray(0, 65_507).fill(3);
    const expected = Uint8Array.from(datagram);
    aead.newSealer(key).seal({ hi: 0, lo: 1 }, datagram, 16);
    nodeAead.newSealer(key).seal({ hi: 0, lo: 1 }, expected, 16);
    expect(Buffer.compare(datagram, expected)).toBe(0);
  });

  test("refuses what has no room for a tag, keys of another length, and keys that were destroyed", () => {
    const key = new Uint8Array(32);
    const [sealer, opener] = [aead.newSealer(key), aead.newOpener(key)];
    expect(() => sealer.seal({ hi: 0, lo: 0 }, arena.subarray(0, 31), 16)).toThrow(RangeError);
    expect(() => sealer.seal({ hi: 0, lo: 0 }, arena.subarray(0, 64), -1)).toThrow(RangeError);
    expect(opener.open({ hi: 0, lo: 0 }, arena.subarray(0, 31), 16)).toBeUndefined();
    expect(() => aead.newSealer(new Uint8Array(31))).toThrow(RangeError);
    sealer.destroy();
    sealer.destroy();
    opener.destroy();
    expect(() => sealer.seal({ hi: 0, lo: 0 }, arena.subarray(0, 64), 16)).toThrow("destroyed");
    expect(() => opener.open({ hi: 0, lo: 0 }, arena.subarray(0, 64), 16)).toThrow("destroyed");
  });
});
