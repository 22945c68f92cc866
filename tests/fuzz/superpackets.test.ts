/**
 * Cutting and joining, there and back: a million random superpackets are cut as a slow reference cuts them, and what the
 * other end joins of the pieces, whole, damaged, out of order or with one missing, is cut again what came to it.
 */
import { expect, test } from "vitest";
import type { Bundle } from "../../apps/agent/src/datapath/packet/bundle.ts";
import { foldChecksum, sumWords } from "../../apps/agent/src/datapath/packet/checksum.ts";
import { Coalescer } from "../../apps/agent/src/datapath/packet/coalescer.ts";
import { InnerPacket } from "../../apps/agent/src/datapath/packet/inner-packet.ts";
import { openPacketMemory } from "../../apps/agent/src/datapath/packet/packet-memory.ts";
import { Random, randomPacket } from "../../apps/agent/src/datapath/packet/random-packet.ts";
import {
  buildReference,
  buildUnfinished,
  type ReferencePacket,
  type ReferenceTcp,
  segmentReference,
} from "../../apps/agent/src/datapath/packet/reference-packet.ts";
import { pseudoSum, Segmenter } from "../../apps/agent/src/datapath/packet/segmenter.ts";
import { Segmentation, VirtioHeader } from "../../apps/agent/src/datapath/packet/virtio-header.ts";

/** `FUZZ=10` makes them ten times as many. */
const SUPERPACKETS = 1_000_000 * Number(process.env["FUZZ"] ?? 1);
const CANARY = 0xa5;
const CANARY_BYTES = 16;
const BUFFER_BYTES = 80_000;
const SENDER = {};
const PSH = 0x08;

const memory = openPacketMemory();
const original = memory.take(BUFFER_BYTES);
const pieces = memory.take(BUFFER_BYTES);
const again = memory.take(BUFFER_BYTES);

test("superpackets are cut as the reference cuts them, and what is joined again is cut the same", () => {
  const random = new Random(1);
  let joined = 0;
  for (let count = 0; count < SUPERPACKETS; count++) {
    const [payloadBytes, segmentBytes] = randomSizes(random, count);
    const packet = randomPacket(random, payloadBytes);
    const arrived = cut(random, packet, segmentBytes);
    if (random.isOneIn(3)) disturb(random, arrived, segmentReference(packet, segmentBytes));
    joined += arrived.length - join(arrived, random.isOneIn(4)).length;
  }
  // Not so few that nothing was tried.
  expect(joined / SUPERPACKETS).toBeGreaterThan(1);
}, 600_000);

/** Most are small, since what goes wrong goes wrong at the edges; some are as large as they come. */
function randomSizes(random: Random, count: number): readonly [payload: number, segment: number] {
  if (count % 20_000 === 0) return [60_000, 1_100 + random.below(400)];
  if (count % 1_000 === 0) return [3_000, 100 + random.below(1_400)];
  return [32, 1 + random.below(16)];
}

/** The pieces, each where the segmenter put it, compared with the reference's. */
function cut(random: Random, packet: ReferencePacket, segmentBytes: number): Uint8Array[] {
  const unfinished = buildUnfinished(packet);
  const from = random.below(32);
  original.set(unfinished, from);
  const segmenter = begun(original.subarray(from, from + unfinished.length), headerOf(packet, segmentBytes));
  const expected = segmentReference(packet, segmentBytes).map(buildReference);
  if (segmenter.count !== expected.length) expect.fail(`${segmenter.count} of ${JSON.stringify(packet)}`);
  let at = random.below(32);
  return expected.map((wanted, index) => {
    const end = at + wanted.length;
    pieces.fill(CANARY, end, end + CANARY_BYTES);
    segmenter.write(index, pieces, at);
    const piece = pieces.subarray(at, end);
    const isRight = segmenter.lengthOf(index) === wanted.length && Buffer.compare(piece, wanted) === 0;
    if (!isRight || pieces[end] !== CANARY) expect.fail(`${index} of ${JSON.stringify({ packet, segmentBytes, at })}`);
    at = end + random.below(CANARY_BYTES);
    return piece;
  });
}

/** One is missing, or late, or there twice, or has a bit of its payload changed, or a field of its headers that it shares with the others. */
function disturb(random: Random, arrived: Uint8Array[], cut: readonly ReferencePacket[]): void {
  const at = random.below(arrived.length);
  const [piece] = arrived.splice(at, 1);
  const packet = cut[at];
  if (piece === undefined || packet === undefined) return;
  const kind = random.below(6);
  if (kind === 0) arrived.splice(random.below(arrived.length + 1), 0, piece);
  if (kind === 1) arrived.splice(at, 0, piece, Uint8Array.from(piece));
  if (kind === 2) {
    // Neither its ports nor its header's length: it would be another flow's, or none.
    const place = piece.length - 1 - random.below(Math.min(8, piece.length - 48));
    if (place > 48) piece[place] = (piece[place] ?? 0) ^ (1 << random.below(8));
    arrived.splice(at, 0, piece);
  }
  if (kind > 3) arrived.splice(at, 0, buildReference(changed(random, packet)));
}

/** With right checksums, as from another sender's hand. */
function changed(random: Random, packet: ReferencePacket): ReferencePacket {
  const { transport } = packet;
  const inIp: readonly [Partial<ReferencePacket>, ...Partial<ReferencePacket>[]] = [
    { trafficClass: 7 },
    { hopLimit: 77 },
    { id: 777 },
    { flowLabel: 7_777 },
    { payload: [7] },
  ];
  if (transport.kind === "udp" || random.isOneIn(3)) return { ...packet, ...random.pick(inIp) };
  const inTcp: readonly [Partial<ReferenceTcp>, ...Partial<ReferenceTcp>[]] = [
    { sequence: 7 },
    { acknowledgement: 77 },
    { window: 777 },
    { urgent: 7_777 },
    { flags: transport.flags ^ (1 << random.below(8)) },
    { options: random.bytes(transport.options.length) },
    { options: [...transport.options, 1, 1, 1, 1].slice(0, 40) },
  ];
  return { ...packet, transport: { ...transport, ...random.pick(inTcp) } };
}

// Whoever sends it can give any packet the checksum that the bundle expects.
test("of what is joined unread, nothing reads otherwise than what it was joined to", () => {
  const random = new Random(2);
  let joined = 0;
  for (let count = 0; count < SUPERPACKETS; count++) {
    const [firstPacket, secondPacket] = segmentReference({ ...randomPacket(random, 1), payload: random.bytes(33) }, 16);
    if (firstPacket === undefined || secondPacket === undefined) return expect.fail("not two");
    const [first, second] = random.isOneIn(2)
      ? [buildReference(firstPacket), buildReference(secondPacket)]
      : [inMemory(buildReference(firstPacket), 0), inMemory(buildReference(secondPacket), 256)];
    const inner = new InnerPacket();
    if (inner.read(first) !== undefined) continue;
    for (let flips = random.below(3); flips > 0; flips--) {
      const at = random.below(second.length - 16);
      second[at] = (second[at] ?? 0) ^ (1 << random.below(8));
    }
    forgeChecksum(second, inner);
    const coalescer = new Coalescer({ joinsUdp: true });
    coalescer.add(inner, SENDER);
    if (!coalescer.extend(second, SENDER)) continue;
    joined += 1;
    const unread = new InnerPacket();
    if (unread.read(second) !== undefined || !isAlike(unread, inner)) expect.fail(Buffer.from(second).toString("hex"));
  }
  // No bit is flipped of a third of them, and of those some are of a kind that is joined.
  expect(joined / SUPERPACKETS).toBeGreaterThan(0.05);
}, 600_000);

/** Where packets lie when they arrive, and are compared by words. */
function inMemory(bytes: Uint8Array, at: number): Uint8Array {
  pieces.set(bytes, at);
  return pieces.subarray(at, at + bytes.length);
}

/** The one that is right for a packet of the same ends and protocol as `first`, whatever this one says. */
function forgeChecksum(bytes: Uint8Array, first: InnerPacket): void {
  const { transportAt, protocol } = first;
  const at = transportAt + (protocol === 6 ? 16 : 6);
  bytes.fill(0, at, at + 2);
  const sum = pseudoSum(first) + bytes.length - transportAt + sumWords(bytes, transportAt, bytes.length);
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(at, foldChecksum(sum) || 0xffff);
}

/** As the engine gives them: read only where they do not continue what came before. What is delivered, cut again and compared with what came. */
function join(arrived: readonly Uint8Array[], joinsUdp: boolean): VirtioHeader[] {
  const before = arrived.map((bytes) => Uint8Array.from(bytes));
  const coalescer = new Coalescer({ joinsUdp });
  const inner = new InnerPacket();
  for (const bytes of arrived) {
    if (coalescer.extend(bytes, SENDER)) continue;
    if (inner.read(bytes) !== undefined) expect.fail(Buffer.from(bytes).toString("hex"));
    coalescer.add(inner, SENDER);
  }
  const delivered: VirtioHeader[] = [];
  let next = 0;
  coalescer.flush((bundle) => {
    const header = new VirtioHeader();
    for (const bytes of cutAgain(bundle, header)) {
      const wanted = before[next++];
      if (wanted === undefined || !isSamePacket(bytes, wanted)) {
        expect.fail(`piece ${next - 1}: ${arrived.map((each) => Buffer.from(each).toString("hex")).join(" ")}`);
      }
    }
    delivered.push(header);
  });
  if (next !== before.length) expect.fail(`${next} of ${before.length} were delivered`);
  return delivered;
}

/** In all that a filter looks at. */
function isAlike(one: InnerPacket, other: InnerPacket): boolean {
  const judged = ({ bytes, srcAt, dstAt, addressBytes, protocol, srcPort, dstPort, ...rest }: InnerPacket): string =>
    [
      ...bytes.subarray(srcAt, srcAt + addressBytes),
      ...bytes.subarray(dstAt, dstAt + addressBytes),
      protocol,
      srcPort,
      dstPort,
      rest.tcpFlags & ~PSH,
      rest.isFragment,
      rest.transportAt,
      rest.icmpType,
    ].join(" ");
  return judged(one) === judged(other);
}

function* cutAgain(bundle: Bundle, header: VirtioHeader): Generator<Uint8Array> {
  bundle.finish(header);
  let length = 0;
  bundle.eachPiece((bytes, from) => {
    again.set(bytes.subarray(from), length);
    length += bytes.length - from;
  });
  const whole = again.subarray(0, length);
  if (header.segmentation === Segmentation.none) {
    yield whole;
    return;
  }
  const segmenter = begun(whole, header);
  for (let index = 0; index < segmenter.count; index++) {
    const bytes = new Uint8Array(segmenter.lengthOf(index));
    segmenter.write(index, bytes, 0);
    yield bytes;
  }
}

function begun(bytes: Uint8Array, header: VirtioHeader): Segmenter {
  const inner = new InnerPacket();
  const segmenter = new Segmenter();
  const refusal = inner.read(bytes) ?? segmenter.begin(inner, header);
  if (refusal !== undefined) expect.fail(`${refusal}: ${Buffer.from(bytes).toString("hex")}`);
  return segmenter;
}

/** Where nobody may fragment, the identification identifies nothing (RFC 6864): cutting numbers it anew. */
function isSamePacket(a: Uint8Array, b: Uint8Array): boolean {
  if (b[0] !== 0x45 || ((b[6] ?? 0) & 0x40) === 0) return Buffer.compare(a, b) === 0;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at] && at !== 4 && at !== 5 && at !== 10 && at !== 11) return false;
  }
  return true;
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
