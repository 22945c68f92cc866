import { describe, expect, test } from "vitest";
import { foldChecksum, sumWords } from "./checksum.ts";
import { Coalescer } from "./coalescer.ts";
import { InnerPacket } from "./inner-packet.ts";
import { openPacketMemory } from "./packet-memory.ts";
import { Random, randomPacket } from "./random-packet.ts";
import { buildReference, Flag, type ReferencePacket, segmentReference, TCP4 } from "./reference-packet.ts";
import { pseudoSum, Segmenter } from "./segmenter.ts";
import { Segmentation, VirtioHeader } from "./virtio-header.ts";

const SENDER = {};
const CASES = 1_000 * Number(process.env["FUZZ"] ?? 1);

describe("what is coalesced", () => {
  // The kernel takes a bundle for what it came from: cut again, it must be that, each flow in its order.
  test("is, cut again, what it was made of, whatever streams came mixed, damaged and out of order", () => {
    const random = new Random(1);
    let joined = 0;
    for (let count = 0; count < CASES; count++) {
      const arrived = interleave(
        random,
        Array.from({ length: 1 + random.below(3) }, () => stream(random)),
      );
      const delivered = coalesce(
        arrived.map(({ bytes }) => bytes),
        random.isOneIn(2),
      );
      joined += arrived.length - delivered.length;
      const again = delivered.flatMap(cutAgain);
      expect(again.length).toBe(arrived.length);
      for (const flow of new Set(arrived.map((packet) => packet.flow))) {
        const before = arrived.filter((packet) => packet.flow === flow).map(({ bytes }) => comparable(bytes));
        const after = again.filter(
          (bytes) => flowOf(bytes) === flowOf(arrived.find((packet) => packet.flow === flow)!.bytes),
        );
        expect(after.map(comparable)).toEqual(before);
      }
    }
    expect(joined).toBeGreaterThan(CASES);
  });

  test("is as much as a packet can be", () => {
    const packet = { ...TCP4, payload: repeated(7, 80_000) };
    const delivered = coalesce(segmentReference(packet, 1_208).map(buildReference), true);
    expect(delivered.map(({ count }) => count)).toEqual([54, 13]);
    expect(delivered[0]!.bytes.length).toBe(40 + 54 * 1_208);
  });

  test.each([
    ["SYN", { flags: Flag.ack | Flag.syn }],
    ["RST", { flags: Flag.ack | Flag.rst }],
    ["FIN", { flags: Flag.ack | Flag.fin }],
    ["URG", { flags: Flag.ack | Flag.urg }],
    ["CWR", { flags: Flag.ack | Flag.cwr }],
    ["ECE", { flags: Flag.ack | Flag.ece }],
    ["another acknowledgement", { acknowledgement: 9 }],
    ["another window", { window: 9 }],
    ["other options", { options: [1, 1, 1, 1] }],
    ["a gap", { sequence: 101 + 2 }],
    ["an overlap", { sequence: 99 }],
  ])("is nothing across %s", (_, change) => {
    const first = { ...TCP4, payload: repeated(1, 100) };
    const second = { ...first, transport: { ...TCP4.transport, sequence: TCP4.transport.sequence + 100, ...change } };
    expect(coalesce([first, second].map(buildReference), true).map(({ count }) => count)).toEqual([1, 1]);
  });

  test.each([
    ["another type of service", { trafficClass: 4 }],
    ["another time to live", { hopLimit: 9 }],
    ["another port", { destinationPort: 9 }],
    ["another address", { destination: [100, 90, 9, 9] }],
    ["fragmentation allowed", { dontFragment: false }],
  ])("is nothing across %s", (_, change) => {
    const first = { ...TCP4, payload: repeated(1, 100) };
    const transport = { ...TCP4.transport, sequence: TCP4.transport.sequence + 100 };
    expect(coalesce([first, { ...first, transport, ...change }].map(buildReference), true)).toHaveLength(2);
  });

  test("ends with a shorter one, and with PSH", () => {
    const whole = { ...TCP4, payload: repeated(3, 450) };
    const four = segmentReference(whole, 100);
    const next = {
      ...TCP4,
      transport: { ...TCP4.transport, sequence: TCP4.transport.sequence + 450 },
      payload: [1, 2],
    };
    expect(coalesce([...four, next].map(buildReference), true).map(({ count }) => count)).toEqual([5, 1]);
    const pushed = four.map((packet, at) => (at === 1 ? withFlags(packet, Flag.ack | Flag.psh) : packet));
    const delivered = coalesce(pushed.map(buildReference), true);
    expect(delivered.map(({ count }) => count)).toEqual([2, 3]);
    expect(delivered.map(({ bytes }) => bytes[33])).toEqual([Flag.ack | Flag.psh, Flag.ack]);
  });

  test("is nothing with a wrong checksum, which passes as it is for the host to see", () => {
    const packets = segmentReference({ ...TCP4, payload: repeated(3, 300) }, 100).map(buildReference);
    packets[1]![60]! ^= 1;
    const delivered = coalesce(packets, true);
    expect(delivered.map(({ count }) => count)).toEqual([1, 1, 1]);
    expect(delivered.map(({ bytes }) => bytes)).toEqual(packets);
    expect(delivered.every(({ header }) => !header.needsChecksum)).toBe(true);
  });

  test("is UDP only for a kernel that cuts it, and never without a checksum", () => {
    const udp = { ...TCP4, transport: { kind: "udp" }, payload: repeated(3, 300) } as const;
    const packets = (): Uint8Array[] => segmentReference(udp, 100).map(buildReference);
    expect(coalesce(packets(), true)).toHaveLength(1);
    expect(coalesce(packets(), false)).toHaveLength(3);
    const without = packets().map((bytes) => (bytes.fill(0, 26, 28), bytes));
    expect(coalesce(without, true)).toHaveLength(3);
  });
});

describe("what nobody has read", () => {
  const pieces = (): Uint8Array[] => segmentReference({ ...TCP4, payload: repeated(3, 300) }, 100).map(buildReference);

  test("continues what its own sender sent last, and nothing of another's", () => {
    const [first, second, third] = pieces() as [Uint8Array, Uint8Array, Uint8Array];
    const coalescer = new Coalescer({ joinsUdp: true });
    expect(coalescer.extend(first, SENDER)).toBe(false);
    coalescer.add(readOf(first), SENDER);
    expect(coalescer.extend(second, {})).toBe(false);
    expect(coalescer.extend(second, SENDER)).toBe(true);
    coalescer.add(readOf(buildReference({ ...TCP4, destination: [100, 90, 9, 9] })), {});
    expect(coalescer.extend(third, SENDER)).toBe(false);
    const delivered: number[] = [];
    coalescer.flush((bundle) => void delivered.push(bundle.count));
    expect(delivered).toEqual([2, 1]);
    expect(coalescer.extend(third, SENDER)).toBe(false);
  });

  // A filter would have refused them, had they been read.
  test.each<[string, (bytes: Uint8Array) => void]>([
    ["is a fragment", (bytes) => (bytes[7] = 1)],
    ["says another length than it has", (bytes) => (bytes[3]! -= 1)],
    ["has options", (bytes) => (bytes[0] = 0x46)],
    ["is of another version", (bytes) => (bytes[0] = 0x65)],
    ["is from another address", (bytes) => (bytes[15]! ^= 1)],
    ["goes to another address", (bytes) => (bytes[19]! ^= 1)],
    ["goes to another port", (bytes) => (bytes[23]! ^= 1)],
    ["is of another protocol", (bytes) => (bytes[9] = 17)],
    ["opens a flow", (bytes) => (bytes[33]! |= Flag.syn)],
    ["ends a flow", (bytes) => (bytes[33]! |= Flag.fin)],
    ["has a shorter header than TCP has", (bytes) => (bytes[32] = 0x40)],
  ])("continues nothing where it %s, though its checksum is right", (_, change) => {
    expect(extendAnywhere(() => undefined)).toEqual([true, true]);
    expect(extendAnywhere(change)).toEqual([false, false]);
  });

  /** A second packet, changed and with the checksum that the bundle expects, outside of packet memory and in it. */
  function extendAnywhere(change: (bytes: Uint8Array) => void): boolean[] {
    const memory = openPacketMemory().take(4_000);
    return [false, true].map((inMemory) => {
      const [first, second] = pieces().map((bytes, at) => {
        if (!inMemory) return bytes;
        memory.set(bytes, 160 * at);
        return memory.subarray(160 * at, 160 * at + bytes.length);
      }) as [Uint8Array, Uint8Array];
      change(second);
      second.fill(0, 36, 38);
      const sum = pseudoSum(readOf(first)) + second.length - 20 + sumWords(second, 20, second.length);
      new DataView(second.buffer, second.byteOffset).setUint16(36, foldChecksum(sum));
      const coalescer = new Coalescer({ joinsUdp: true });
      coalescer.add(readOf(first), SENDER);
      return coalescer.extend(second, SENDER);
    });
  }
});

function readOf(bytes: Uint8Array): InnerPacket {
  const inner = new InnerPacket();
  expect(inner.read(bytes)).toBeUndefined();
  return inner;
}

type Delivered = { readonly header: VirtioHeader; readonly bytes: Uint8Array; readonly count: number };

function coalesce(packets: readonly Uint8Array[], joinsUdp: boolean): Delivered[] {
  const coalescer = new Coalescer({ joinsUdp });
  const inner = new InnerPacket();
  const delivered: Delivered[] = [];
  for (const bytes of packets) {
    const arrived = Uint8Array.from(bytes);
    if (coalescer.extend(arrived, SENDER)) continue;
    expect(inner.read(arrived)).toBeUndefined();
    coalescer.add(inner, SENDER);
  }
  coalescer.flush((bundle) => {
    const header = new VirtioHeader();
    bundle.finish(header);
    const pieces: Uint8Array[] = [];
    bundle.eachPiece((packet, from) => void pieces.push(packet.subarray(from)));
    delivered.push({ header, bytes: Uint8Array.from(Buffer.concat(pieces)), count: pieces.length });
  });
  return delivered;
}

/** By the segmenter, which has been compared with the reference. */
function cutAgain({ bytes, header }: Delivered): Uint8Array[] {
  if (header.segmentation === Segmentation.none) return [bytes];
  const inner = new InnerPacket();
  expect(inner.read(bytes)).toBeUndefined();
  const segmenter = new Segmenter();
  expect(segmenter.begin(inner, header)).toBeUndefined();
  expect(header.headerBytes).toBe(bytes.length - totalPayload(inner));
  return Array.from({ length: segmenter.count }, (_, index) => {
    const packet = new Uint8Array(segmenter.lengthOf(index));
    segmenter.write(index, packet, 0);
    return packet;
  });
}

function totalPayload({ bytes, transportAt, protocol }: InnerPacket): number {
  return bytes.length - transportAt - (protocol === 6 ? (bytes[transportAt + 12]! >> 4) * 4 : 8);
}

type Arrived = { readonly flow: number; readonly bytes: Uint8Array };
let flows = 0;

/** Most of a stream as it was sent: now and then one is missing, twice, late or broken. */
function stream(random: Random): Arrived[] {
  const flow = flows++;
  const packet = { ...randomPacket(random, 800), sourcePort: flow % 0x10000 };
  const packets = segmentReference(packet, 1 + random.below(200)).map(buildReference);
  const arrived: Uint8Array[] = [];
  for (const bytes of packets) {
    const luck = random.below(40);
    if (luck === 0) bytes[random.below(bytes.length - 40) + 40]! ^= 1 << random.below(8);
    if (luck === 1) arrived.splice(random.below(arrived.length + 1), 0, bytes);
    else if (luck !== 2) arrived.push(bytes);
    if (luck === 3) arrived.push(Uint8Array.from(bytes));
  }
  const inner = new InnerPacket();
  return arrived
    .filter((bytes) => inner.read(bytes) === undefined && flowOf(bytes) === flowOf(packets[0]!))
    .map((bytes) => ({ flow, bytes }));
}

function interleave(random: Random, streams: readonly Arrived[][]): Arrived[] {
  const left = streams.map((packets) => [...packets]).filter(({ length }) => length > 0);
  const mixed: Arrived[] = [];
  while (left.length > 0) {
    const at = random.below(left.length);
    mixed.push(...left[at]!.splice(0, 1 + random.below(4)));
    if (left[at]!.length === 0) left.splice(at, 1);
  }
  return mixed;
}

function flowOf(bytes: Uint8Array): string {
  const inner = new InnerPacket();
  inner.read(bytes);
  const { srcAt, addressBytes, srcPort, dstPort, protocol } = inner;
  return [bytes.subarray(srcAt, srcAt + 2 * addressBytes).join("."), srcPort, dstPort, protocol].join(" ");
}

/** Nobody may fragment it, so its identification identifies nothing (RFC 6864): cutting numbers it anew. */
function comparable(bytes: Uint8Array): string {
  const copy = Buffer.from(bytes);
  if (copy[0] === 0x45 && (copy[6]! & 0x40) !== 0) {
    copy.fill(0, 4, 6);
    copy.fill(0, 10, 12);
  }
  return copy.toString("hex");
}

function repeated(byte: number, count: number): number[] {
  return Array.from({ length: count }, () => byte);
}

function withFlags(packet: ReferencePacket, flags: number): ReferencePacket {
  return packet.transport.kind === "tcp" ? { ...packet, transport: { ...packet.transport, flags } } : packet;
}
