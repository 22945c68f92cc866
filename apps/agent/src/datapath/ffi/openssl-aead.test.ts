/** OpenSSL through FFI against node:crypto, which is an independent way into the same library. */
import { nodeAead } from "@pinhole/wireguard";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EvpAead } from "./evp-aead.ts";
import { openPacketMemory } from "../packet/packet-memory.ts";
import { loadNative, type Native } from "./native.ts";
import { adopt, allocate } from "./native-memory.ts";
import { loadOpensslAead, newCheckedAead } from "./openssl-aead.ts";
import { newPrimitiveAead } from "./primitive-aead.ts";

const CANARY = 0xa5;
const TAG_BYTES = 16;
const HEADER_BYTES = 16;

const loaded = loadNative();

const WAYS = {
  "put together of its parts": newPrimitiveAead,
  "put together of parts that are not known from inside": (native: Native) =>
    newPrimitiveAead(withStrangeState(native)),
  "through its own interface": (native: Native) => new EvpAead(native),
};

/** A library whose authenticator leaves something in its state that nobody here knows. */
function withStrangeState(native: Native): Native {
  const sizeOf = native.bind("size_t Poly1305_ctx_size()");
  const size: number = sizeOf();
  let count = 0;
  const bind: Native["bind"] = (declaration: string) => {
    const known = native.bind(declaration);
    if (declaration.includes("ctx_size")) return Object.assign(() => size + 4, known);
    if (!declaration.includes("Poly1305_Init")) return known;
    const init = (state: number, key: number): void => {
      known(state, key);
      new Int32Array(native.viewOf(state + size, 4))[0] = ++count;
    };
    return Object.assign(init, known);
  };
  return { ...native, bind };
}

describe.runIf(loaded.ok)("what is chosen of OpenSSL", () => {
  test("is something, in the Node that the agent brings", () => {
    expect(loadOpensslAead((loaded as { value: Native }).value).ok).toBe(true);
  });
});

describe.runIf(loaded.ok).each(Object.entries(WAYS))("OpenSSL's AEAD, %s,", (_, way) => {
  const native = (loaded as { value: Native }).value;
  const aead = newCheckedAead(native, way(native));
  const arena = allocate(native, 70_000);

  const message = fc.record({
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    counter: fc.record({ hi: fc.nat(0xffffffff), lo: fc.nat(0xffffffff) }),
    plaintext: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 1_200, maxLength: 1_600 })),
    from: fc.nat(40),
    isNative: fc.boolean(),
  });

  test("seals as node:crypto does, where the bytes lie and nowhere else", () => {
    fc.assert(
      fc.property(message, ({ key, counter, plaintext, from, isNative }) => {
        const memory = isNative ? arena.fill(CANARY) : new Uint8Array(2_000).fill(CANARY);
        const to = from + plaintext.length;
        memory.set(plaintext, from);
        const expected = Uint8Array.from(memory);
        const [ours, nodes] = [aead.newSealer(key), nodeAead.newSealer(key)];
        ours.seal(counter, memory, from, to);
        nodes.seal(counter, expected, from, to);
        expect(Buffer.compare(memory, expected)).toBe(0);
        ours.destroy();
      }),
      { numRuns: 300 },
    );
  });

  test("opens what node:crypto sealed, and nothing with one bit of it changed", () => {
    fc.assert(
      fc.property(message, fc.nat(), ({ key, counter, plaintext, from, isNative }, flip) => {
        const memory = isNative ? arena.fill(CANARY) : new Uint8Array(2_000).fill(CANARY);
        const to = from + plaintext.length;
        memory.set(plaintext, from);
        const before = Uint8Array.from(memory);
        nodeAead.newSealer(key).seal(counter, memory, from, to);
        const sealed = Uint8Array.from(memory);
        const opener = aead.newOpener(key);
        const bit = flip % ((plaintext.length + TAG_BYTES) * 8);
        memory[from + (bit >> 3)]! ^= 1 << (bit & 7);
        expect(opener.open(counter, memory, from, to)).toBeUndefined();
        memory.set(sealed);
        expect(opener.open(counter, memory, from, to)).toBe(memory);
        expect(Buffer.compare(memory.subarray(0, to), before.subarray(0, to))).toBe(0);
        expect(Buffer.compare(memory.subarray(to), sealed.subarray(to))).toBe(0);
        opener.destroy();
      }),
      { numRuns: 300 },
    );
  });

  // Packets that lie one behind the other, as they are sent and received: what is done to one leaves the others alone.
  test("seals and opens packets in packet memory as node:crypto does, in any order", () => {
    const packets = openPacketMemory();
    adopt(native, packets);
    const [outgoing, incoming] = [packets.take(65_536), packets.takeSealed(65_536)];
    const row = fc.record({
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      lo: fc.nat(0xffffffff),
      start: fc.oneof(
        fc.nat(100).map((words) => 16 * words),
        fc.nat(1_600),
      ),
      plaintexts: fc.array(
        fc.oneof(
          fc.nat(90).chain((words) => fc.uint8Array({ minLength: 16 * words, maxLength: 16 * words })),
          fc.uint8Array({ maxLength: 200 }),
        ),
        { minLength: 1, maxLength: 8 },
      ),
    });
    fc.assert(
      fc.property(row, ({ key, lo, start, plaintexts }) => {
        const ends = [aead.newSealer(key), nodeAead.newSealer(key), aead.newOpener(key)] as const;
        outgoing.fill(CANARY);
        const places = placesOf(plaintexts, start);
        const counter = (at: number) => ({ hi: 7, lo: (lo + at) >>> 0 });
        for (const { from, plaintext } of places) outgoing.set(plaintext, from);
        const expected = Uint8Array.from(outgoing);
        for (const [at, { from, to }] of places.entries()) {
          ends[0].seal(counter(at), outgoing, from, to);
          ends[1].seal(counter(at), expected, from, to);
        }
        expect(Buffer.compare(outgoing, expected)).toBe(0);

        incoming.set(outgoing);
        const opened = places.map(({ from, to }, at) => {
          const datagram = packets.views.within(incoming, from - HEADER_BYTES, to + TAG_BYTES);
          return ends[2].open(counter(at), datagram, HEADER_BYTES, HEADER_BYTES + to - from);
        });
        for (const [at, { plaintext }] of places.entries()) {
          const message = opened[at]?.subarray(HEADER_BYTES, HEADER_BYTES + plaintext.length);
          expect(Buffer.compare(message ?? new Uint8Array(1), plaintext)).toBe(0);
        }

        incoming.set(outgoing);
        for (const [at, { from, to }] of places.entries()) {
          const datagram = packets.views.within(incoming, from - HEADER_BYTES, to + TAG_BYTES);
          datagram[HEADER_BYTES + ((lo + at) % (to + TAG_BYTES - from))]! ^= 0x10;
          const before = Uint8Array.from(incoming);
          expect(ends[2].open(counter(at), datagram, HEADER_BYTES, HEADER_BYTES + to - from)).toBeUndefined();
          // What is forged means nothing afterwards; its neighbours are as they were.
          before.set(datagram, from - HEADER_BYTES);
          expect(Buffer.compare(incoming, before)).toBe(0);
        }
        for (const end of ends) end.destroy();
      }),
      { numRuns: 300 },
    );
  });

  test("takes the longest datagram there is", () => {
    const key = new Uint8Array(32).fill(1);
    const expected = Uint8Array.from(arena.fill(3));
    aead.newSealer(key).seal({ hi: 0, lo: 1 }, arena, 16, 65_507 - TAG_BYTES);
    nodeAead.newSealer(key).seal({ hi: 0, lo: 1 }, expected, 16, 65_507 - TAG_BYTES);
    expect(Buffer.compare(arena, expected)).toBe(0);
  });

  test("refuses what has no room for a tag, keys of another length, and keys that were destroyed", () => {
    const key = new Uint8Array(32);
    const counter = { hi: 0, lo: 0 };
    const [sealer, opener] = [aead.newSealer(key), aead.newOpener(key)];
    for (const [from, to] of [
      [-1, 20],
      [30, 20],
      [0, arena.length - 15],
      [0, 66_000],
    ] as const) {
      expect(() => sealer.seal(counter, arena, from, to)).toThrow(RangeError);
      expect(() => opener.open(counter, arena, from, to)).toThrow(RangeError);
    }
    expect(() => aead.newSealer(new Uint8Array(31))).toThrow(RangeError);
    sealer.destroy();
    sealer.destroy();
    opener.destroy();
    expect(() => sealer.seal(counter, arena, 16, 48)).toThrow("destroyed");
    expect(() => opener.open(counter, arena, 16, 48)).toThrow("destroyed");
  });
});

/** One behind the other, each behind a header's room and with a tag's behind itself. */
function placesOf(
  plaintexts: readonly Uint8Array[],
  start: number,
): readonly { readonly plaintext: Uint8Array; readonly from: number; readonly to: number }[] {
  let at = start;
  return plaintexts.map((plaintext) => {
    const from = at + HEADER_BYTES;
    const to = from + plaintext.length;
    at = to + TAG_BYTES;
    return { plaintext, from, to };
  });
}
