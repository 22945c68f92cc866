import { describe, expect, test } from "vitest";
import { copyAndSum, fold, foldChecksum, sumWords } from "./checksum.ts";
import { openPacketMemory, type PacketMemory } from "./packet-memory.ts";
import { Random } from "./random-packet.ts";

const memory = openPacketMemory();
const packets = memory.take(200_000);

describe("a sum", () => {
  test("of the example of RFC 1071 is the one that it gives", () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(fold(sumWords(example, 0, 8))).toBe(0xddf2);
    expect(foldChecksum(sumWords(example, 0, 8))).toBe(0x220d);
  });

  test.each([
    ["packet memory", packets],
    ["any other memory", new Uint8Array(200_000)],
  ])("in %s is that of its words one by one, wherever it begins and ends", (_, bytes) => {
    const random = new Random(1);
    bytes.set(random.bytes(70_000));
    for (let count = 0; count < 3_000; count++) {
      const from = random.below(200);
      const to = from + random.below(count % 100 === 0 ? 65_536 : 300);
      const sum = plainSum(bytes, from, to);
      expect(fold(sumWords(bytes, from, to))).toBe(sum);
      const at = 100_000 + random.below(64);
      bytes.fill(0xa5, at - 1, at + to - from + 1);
      expect(fold(copyAndSum(bytes, at, { source: bytes, from, to }))).toBe(sum);
      expect(Buffer.compare(bytes.subarray(at, at + to - from), bytes.subarray(from, to))).toBe(0);
      expect([bytes[at - 1], bytes[at + to - from]]).toEqual([0xa5, 0xa5]);
    }
  });

  test("of nothing but ones does not overflow", () => {
    packets.fill(0xff);
    expect(fold(sumWords(packets, 0, 65_536))).toBe(0xffff);
    packets.fill(0);
    expect(fold(sumWords(packets, 0, 65_536))).toBe(0);
  });

  test("is of a view's own bytes, and copies between views", () => {
    const [a, b] = [packets.subarray(1_001, 2_000), packets.subarray(5_003, 6_000)];
    a.set(new Random(2).bytes(999));
    expect(fold(copyAndSum(b, 3, { source: a, from: 5, to: 905 }))).toBe(plainSum(a, 5, 905));
    expect(Buffer.compare(b.subarray(3, 903), a.subarray(5, 905))).toBe(0);
    const elsewhere = Uint8Array.from(a);
    expect(fold(copyAndSum(b, 0, { source: elsewhere, from: 5, to: 905 }))).toBe(plainSum(a, 5, 905));
  });
});

test("packet memory is as large, and sums the same, where its code cannot run", () => {
  const plain = openPacketMemory(Uint8Array.of(0)).take(70_000);
  plain.set(new Random(3).bytes(70_000));
  expect(plain.buffer.byteLength).toBe(openPacketMemory().buffer.byteLength);
  expect(fold(sumWords(plain, 3, 1_502))).toBe(plainSum(plain, 3, 1_502));
});

test("packet memory is given out in parts that begin at whole 16 bytes and never overlap", () => {
  const fresh: PacketMemory = openPacketMemory();
  const parts = [1, 16, 17, 65_536].map((length) => fresh.take(length));
  for (const [at, part] of parts.entries()) {
    expect(part.byteOffset % 16).toBe(0);
    expect(part.byteOffset).toBeGreaterThanOrEqual(at === 0 ? 0 : parts[at - 1]!.byteOffset + parts[at - 1]!.length);
  }
  expect(() => fresh.take(5 * 65_536)).toThrow(RangeError);
});

function plainSum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += (at - from) % 2 === 0 ? bytes[at]! * 256 : bytes[at]!;
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}
