import { describe, expect, test } from "vitest";
import { InnerPacket } from "./inner-packet.ts";
import { openPacketMemory } from "./packet-memory.ts";
import { Random, randomPacket } from "./random-packet.ts";
import { buildReference, buildUnfinished, type ReferencePacket, segmentReference } from "./reference-packet.ts";
import { Segmenter } from "./segmenter.ts";
import { Segmentation, VirtioHeader } from "./virtio-header.ts";

/** As many as a test run has time for; `FUZZ=10` makes them ten times as many. */
const CASES = 10_000 * Number(process.env["FUZZ"] ?? 1);

describe("a packet that is to be cut", () => {
  test("becomes what a network card would have made of it, at any place of the buffer", () => {
    const random = new Random(1);
    const into = openPacketMemory().take(4_000);
    for (let count = 0; count < CASES; count++) {
      const packet = randomPacket(random, count % 500 === 0 ? 3_000 : 48);
      const segmentBytes = 1 + random.below(count % 500 === 0 ? 1_500 : 40);
      const segmenter = begun(packet, headerOf(packet, segmentBytes));
      const expected = segmentReference(packet, segmentBytes).map(buildReference);
      if (segmenter.count !== expected.length) expect.fail(`${segmenter.count} of ${JSON.stringify(packet)}`);
      for (const [index, wanted] of expected.entries()) {
        const at = random.below(64);
        const end = at + wanted.length;
        into.fill(0xa5, 0, end + 1);
        segmenter.write(index, into, at);
        const isRight =
          segmenter.lengthOf(index) === wanted.length && Buffer.compare(into.subarray(at, end), wanted) === 0;
        const isAlone = (at === 0 || into[at - 1] === 0xa5) && into[end] === 0xa5;
        if (!isRight || !isAlone) expect.fail(`${index} of ${JSON.stringify({ packet, segmentBytes, at })}`);
      }
    }
  });

  test("may lie in the buffer that it is cut into", () => {
    const random = new Random(2);
    const memory = openPacketMemory().take(140_000);
    const packet = { ...randomPacket(random, 1), payload: random.bytes(60_000) };
    const bytes = buildUnfinished(packet);
    memory.set(bytes, 70_000);
    const segmenter = new Segmenter();
    const inner = new InnerPacket();
    expect(inner.read(memory.subarray(70_000, 70_000 + bytes.length))).toBeUndefined();
    segmenter.begin(inner, headerOf(packet, 1_208));
    for (const [index, wanted] of segmentReference(packet, 1_208).map(buildReference).entries()) {
      segmenter.write(index, memory, index * 1_300);
      expect(Buffer.compare(memory.subarray(index * 1_300, index * 1_300 + wanted.length), wanted)).toBe(0);
    }
  });

  test("is refused where its headers and what goes with them do not agree", () => {
    const tcp4 = { ...randomPacket(new Random(3), 100), family: 4, transport: TCP, ...V4 } as const;
    const udp4 = { ...tcp4, transport: { kind: "udp" } } as const;
    const refused = (packet: ReferencePacket, change: Partial<VirtioHeader>): unknown => {
      const inner = new InnerPacket();
      expect(inner.read(buildUnfinished(packet))).toBeUndefined();
      return new Segmenter().begin(inner, Object.assign(headerOf(packet, 10), change));
    };
    expect(refused(tcp4, {})).toBeUndefined();
    expect(refused(tcp4, { segmentBytes: 0 })).toBe("bad-offload");
    expect(refused(tcp4, { segmentation: Segmentation.tcp6 })).toBe("bad-offload");
    expect(refused(tcp4, { segmentation: Segmentation.udp })).toBe("bad-offload");
    expect(refused(udp4, { segmentation: Segmentation.tcp4 })).toBe("bad-offload");
    expect(refused({ ...tcp4, payload: [] }, {})).toBe("bad-offload");
  });
});

describe("a packet that is whole", () => {
  test("gets the checksum that was left to the network card", () => {
    const random = new Random(4);
    const into = new Uint8Array(2_000);
    for (let count = 0; count < 2_000; count++) {
      const packet = randomPacket(random, 1_400);
      const segmenter = begun(packet, Object.assign(headerOf(packet, 0), { segmentation: Segmentation.none }));
      const expected = buildReference(packet);
      expect([segmenter.count, segmenter.lengthOf(0)]).toEqual([1, expected.length]);
      segmenter.write(0, into, count % 64);
      expect(Buffer.compare(into.subarray(count % 64, (count % 64) + expected.length), expected)).toBe(0);
    }
  });

  test("is left as it is when nothing was left to do, and refused when that makes no sense", () => {
    const packet = { ...randomPacket(new Random(5), 50), family: 4, transport: TCP, ...V4 } as const;
    const bytes = buildUnfinished(packet);
    const inner = new InnerPacket();
    inner.read(bytes);
    const segmenter = new Segmenter();
    const header = new VirtioHeader();
    expect(segmenter.begin(inner, header)).toBeUndefined();
    const into = new Uint8Array(bytes.length);
    segmenter.write(0, into, 0);
    expect(into).toEqual(bytes);
    header.needsChecksum = true;
    for (const [start, offset] of [
      [0, 16],
      [19, 0],
      [20, bytes.length - 21],
      [0xffff, 0xffff],
    ] as const) {
      header.checksumStart = start;
      header.checksumOffset = offset;
      expect(segmenter.begin(inner, header)).toBe("bad-offload");
    }
  });
});

const TCP = {
  kind: "tcp",
  sequence: 1,
  acknowledgement: 2,
  flags: 0x10,
  window: 3,
  urgent: 0,
  options: [],
} as const;
const V4 = { source: [100, 90, 0, 1], destination: [100, 90, 0, 2] } as const;

function begun(packet: ReferencePacket, header: VirtioHeader): Segmenter {
  const inner = new InnerPacket();
  const segmenter = new Segmenter();
  const refusal = inner.read(buildUnfinished(packet)) ?? segmenter.begin(inner, header);
  if (refusal !== undefined) expect.fail(`${refusal}: ${JSON.stringify(packet)}`);
  return segmenter;
}

function headerOf({ family, transport }: ReferencePacket, segmentBytes: number): VirtioHeader {
  const isTcp = transport.kind === "tcp";
  const tcp = family === 4 ? Segmentation.tcp4 : Segmentation.tcp6;
  return Object.assign(new VirtioHeader(), {
    needsChecksum: true,
    segmentation: isTcp ? tcp : Segmentation.udp,
    segmentBytes,
    checksumStart: family === 4 ? 20 : 40,
    checksumOffset: isTcp ? 16 : 6,
  });
}
