// Probes in hostile hands: heard, kept, bent, sent again, and looked at for a mark by which to block or to follow them.
import { SeededRandom } from "@pinhole/natsim";
import type { DeviceId } from "@pinhole/protocol";
import { encodePing, encodePong } from "@pinhole/protocol/probe";
import { describe, expect, test } from "vitest";
import { KeyRing } from "../probe/key-ring.ts";
import { publicKeyOf } from "../testing/node-key.ts";

const A: DeviceId = `dev_${"a".repeat(32)}`;
const B: DeviceId = `dev_${"b".repeat(32)}`;

describe("a probe that was recorded", () => {
  test("opens once, in whatever order and however often it comes again", () => {
    const random = new SeededRandom(5);
    const { a, b } = newPair(random);
    const recorded = Array.from({ length: 200 }, () => a.seal(B, encodePing({ txId: random.bytes(8) }))!);
    const shuffled = recorded.flatMap((probe) => [probe, probe, probe]).toSorted(() => random.next() - 0.5);
    const opened = shuffled.filter((probe) => b.open(probe) !== undefined);
    expect(opened.length).toBe(recorded.length);
    expect(recorded.filter((probe) => b.open(probe) !== undefined)).toEqual([]);
  });

  test("opens at nobody else, nor at who made it", () => {
    const random = new SeededRandom(6);
    const { a } = newPair(random);
    const { a: other, b: stranger } = newPair(random);
    const probe = a.seal(B, encodePing({ txId: random.bytes(8) }))!;
    expect([a, other, stranger].map((ring) => ring.open(probe))).toEqual([undefined, undefined, undefined]);
  });

  test("opens with no bit of it bent, no byte missing and none too many, and is still good after all that", () => {
    const random = new SeededRandom(7);
    const { a, b } = newPair(random);
    for (const message of [encodePing({ txId: random.bytes(8) }), pong(random)]) {
      const probe = a.seal(B, message)!;
      for (let bit = 0; bit < probe.length * 8; bit++) {
        const bent = Uint8Array.from(probe);
        bent[bit >> 3]! ^= 1 << (bit & 7);
        expect(b.open(bent), `bit ${bit}`).toBeUndefined();
      }
      for (let length = 0; length < probe.length; length++) expect(b.open(probe.subarray(0, length))).toBeUndefined();
      expect(b.open(Uint8Array.of(...probe, 0))).toBeUndefined();
      expect(b.open(probe)).toBeDefined();
    }
  });
});

describe("a probe on the wire", () => {
  const random = new SeededRandom(8);
  const pairs = Array.from({ length: 64 }, () => newPair(random));
  const probes = pairs.flatMap(({ a }) =>
    Array.from(
      { length: 32 },
      (_, at) => a.seal(B, at % 2 === 0 ? encodePing({ txId: random.bytes(8) }) : pong(random))!,
    ),
  );

  test("begins as WireGuard's transport data does, and has one of its lengths", () => {
    for (const probe of probes) {
      expect([...probe.subarray(0, 4)]).toEqual([4, 0, 0, 0]);
      expect(probe.length % 16).toBe(0);
    }
    expect(new Set(probes.map(({ length }) => length)).size, "a ping and a pong are equally long").toBe(1);
  });

  // 255 degrees of freedom: a true random source exceeds 350 once in 20,000 times, and this one is always the same.
  test("is noise from its seal on, over all pairs and in every place", () => {
    const sealed = probes.map((probe) => probe.subarray(16));
    expect(chiSquare(sealed.flatMap((bytes) => [...bytes]))).toBeLessThan(350);
    for (let at = 0; at < sealed[0]!.length; at++) {
      expect(chiSquare(sealed.map((bytes) => bytes[at]!)), `byte ${16 + at}`).toBeLessThan(350);
    }
  });

  test("has an index that says nothing: another one for each pair and for each direction, of every value", () => {
    const indexes = pairs.flatMap(({ a, b }) => [
      a.seal(B, encodePing({ txId: random.bytes(8) }))!.subarray(4, 8),
      b.seal(A, encodePing({ txId: random.bytes(8) }))!.subarray(4, 8),
    ]);
    expect(new Set(indexes.map((index) => index.join("."))).size).toBe(indexes.length);
    expect(chiSquare(indexes.flatMap((index) => [...index]))).toBeLessThan(350);
  });
});

/** Of byte values, against all of them being equally frequent. */
function chiSquare(bytes: readonly number[]): number {
  const counts = Array.from({ length: 256 }, () => 0);
  for (const byte of bytes) counts[byte]!++;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function pong(random: SeededRandom): Uint8Array {
  return encodePong({ txId: random.bytes(8), observed: { address: "203.0.113.5", port: 1_000 } });
}

/** Two devices that know each other. */
function newPair(random: SeededRandom) {
  const [keyA, keyB] = [random.bytes(32), random.bytes(32)];
  const [epochA, epochB] = [random.bytes(16), random.bytes(16)];
  const ringOf = (key: Uint8Array, epoch: Uint8Array) =>
    new KeyRing({ nodePrivateKey: key, nodePublicKey: publicKeyOf(key), epoch, bootCount: 1 });
  const [a, b] = [ringOf(keyA, epochA), ringOf(keyB, epochB)];
  a.setPeer(B, publicKeyOf(keyB), epochB);
  b.setPeer(A, publicKeyOf(keyA), epochA);
  return { a, b };
}
