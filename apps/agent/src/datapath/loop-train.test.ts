import { datagramBytes } from "@pinhole/wireguard";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LoopTrain, packetsOfOneTrain } from "./loop-train.ts";
import type { DirectVia } from "./packet-io.ts";

const WAYS: readonly DirectVia[] = [
  { socket: 0, endpoint: { address: "192.0.2.1", port: 1 } },
  { socket: 0, endpoint: { address: "192.0.2.2", port: 1 } },
  { socket: 1, endpoint: { address: "192.0.2.2", port: 1 } },
];

type Sent = { readonly to: DirectVia; readonly datagrams: Uint8Array[] };

test("sends every datagram once, whole, in order and the way it was to go, in trains that the kernel takes", () => {
  const datagram = fc.record({
    way: fc.nat(WAYS.length - 1),
    length: fc.oneof(
      { arbitrary: fc.constant(1_312), weight: 6 },
      fc.integer({ min: 1, max: 4_094 }).map((n) => n * 16),
    ),
    isTaken: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 150 }), (datagrams) => {
      const sent: Sent[] = [];
      const train = newTrain(sent);
      const expected: { readonly to: DirectVia; readonly hex: string }[] = [];
      for (const [number, { way, length, isTaken }] of datagrams.entries()) {
        const to = WAYS[way]!;
        const at = train.place(to, length);
        expect(at % 16).toBe(0);
        const bytes = train.bytes.subarray(at, at + length).fill(number);
        if (!isTaken) continue;
        expected.push({ to, hex: Buffer.from(bytes).toString("hex") });
        train.take();
      }
      train.flush();
      train.flush();
      const got = sent.flatMap(({ to, datagrams: all }) =>
        all.map((bytes) => ({ to, hex: Buffer.from(bytes).toString("hex") })),
      );
      expect(got).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("makes one train of what goes the same way, and ends it with a shorter one", () => {
  const sent: Sent[] = [];
  const train = newTrain(sent);
  for (const length of [1_312, 1_312, 1_312, 400, 1_312, 1_328]) {
    train.place(WAYS[0]!, length);
    train.take();
  }
  train.flush();
  expect(sent.map(({ datagrams }) => datagrams.map(({ length }) => length))).toEqual([
    [1_312, 1_312, 1_312, 400],
    [1_312],
    [1_328],
  ]);
});

test("refuses what no datagram can be", () => {
  expect(() => newTrain([]).place(WAYS[0]!, 65_508)).toThrow(RangeError);
});

function newTrain(sent: Sent[]): LoopTrain {
  return new LoopTrain(new Uint8Array(LoopTrain.BYTES + 8), (to, bytes, datagramBytes) => {
    expect(bytes.length).toBeLessThanOrEqual(65_507);
    const datagrams: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += datagramBytes) datagrams.push(bytes.slice(at, at + datagramBytes));
    expect(datagrams.length).toBeLessThanOrEqual(64);
    sent.push({ to, datagrams });
  });
}

test("as many packets of a length are one train as the kernel takes at once", () => {
  for (const innerMtu of [1_280, 1_440]) {
    const trains: number[] = [];
    const train = new LoopTrain(new Uint8Array(LoopTrain.BYTES), (_, bytes, each) => trains.push(bytes.length / each));
    for (let count = 0; count < packetsOfOneTrain(innerMtu) + 1; count++) {
      train.place(WAYS[0]!, datagramBytes(innerMtu));
      train.take();
    }
    expect(trains).toEqual([packetsOfOneTrain(innerMtu)]);
  }
});
