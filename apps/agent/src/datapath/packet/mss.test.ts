import { describe, expect, test } from "vitest";
import { InnerPacket } from "./inner-packet.ts";
import { clampMss } from "./mss.ts";
import { Random, randomPacket } from "./random-packet.ts";
import { buildReference, buildUnfinished, Flag, type ReferencePacket } from "./reference-packet.ts";

const NOP = 1;
const SYN = {
  ...randomPacket(new Random(1), 1),
  family: 4,
  source: [100, 90, 0, 1],
  destination: [100, 90, 0, 2],
  payload: [],
} as const;

describe("the largest segment of a TCP handshake", () => {
  test.each([
    ["IPv4", {}, 1_280 - 40],
    ["IPv6", { family: 6, source: fd(1), destination: fd(2) }, 1_280 - 60],
  ] as const)("over %s becomes what the tunnel takes", (_, change, most) => {
    for (const flags of [Flag.syn, Flag.syn | Flag.ack]) {
      const packet = { ...SYN, ...change, transport: tcp(flags, mss(1_460)) };
      expect(clamped(buildReference(packet), 1_280)).toEqual(
        buildReference({ ...packet, transport: tcp(flags, mss(most)) }),
      );
    }
  });

  // Compared with a packet that was built with the smaller value, checksum and all.
  test("becomes the smaller of two, wherever it stands among the options, and nothing else changes", () => {
    const random = new Random(2);
    for (let count = 0; count < 5_000; count++) {
      const innerMtu = 1_280 + 16 * random.below(10);
      const said = random.pick([0, 536, 1_220, 1_460, 0xffff, random.below(0x10000)]);
      const before = [...Array.from({ length: random.below(6) }, () => NOP), ...(random.isOneIn(2) ? TIMESTAMP : [])];
      const base = randomPacket(random, 20);
      const most = innerMtu - (base.family === 4 ? 40 : 60);
      const withMss = (value: number): ReferencePacket => ({
        ...base,
        transport: tcp(Flag.syn, [...before, ...mss(value)]),
      });
      const wanted = Math.min(said, most);
      for (const build of [buildReference, buildUnfinished]) {
        const isRight = same(
          clamped(build(withMss(said)), innerMtu, build === buildReference),
          build(withMss(wanted)),
          base,
        );
        if (!isRight) expect.fail(JSON.stringify({ base, said, innerMtu, before }));
      }
    }
  });

  test.each([
    ["of a packet that begins nothing", tcp(Flag.ack, mss(1_460))],
    ["behind the end of the options", tcp(Flag.syn, [0, ...mss(1_460)])],
    ["behind an option without a length", tcp(Flag.syn, [8, 0, ...mss(1_460)])],
    ["behind an option that is longer than the header", tcp(Flag.syn, [8, 40, ...mss(1_460)])],
    ["of another length", tcp(Flag.syn, [2, 3, 0x05, NOP])],
    ["cut off by the end of the header", tcp(Flag.syn, [NOP, NOP, NOP, 2])],
  ] as const)("%s is left alone", (_, transport) => {
    const bytes = buildReference({ ...SYN, transport });
    expect(clamped(Uint8Array.from(bytes), 1_280)).toEqual(bytes);
  });

  test("of a header that goes on behind its packet is left alone", () => {
    const bytes = buildReference({ ...SYN, transport: tcp(Flag.syn, []) });
    bytes[32] = 0xf0;
    expect(clamped(Uint8Array.from(bytes), 1_280)).toEqual(bytes);
  });

  test("of a fragment is left alone", () => {
    const bytes = buildReference({ ...SYN, transport: tcp(Flag.syn, mss(1_460)) });
    bytes[6] = 0x20;
    expect(clamped(Uint8Array.from(bytes), 1_280)).toEqual(bytes);
  });
});

const TIMESTAMP = [8, 10, 1, 2, 3, 4, 5, 6, 7, 8];

function tcp(flags: number, options: readonly number[]): ReferencePacket["transport"] {
  const padded = [...options, ...Array.from({ length: -options.length & 3 }, () => NOP)];
  return { kind: "tcp", sequence: 7, acknowledgement: 0, flags, window: 9, urgent: 0, options: padded };
}

function mss(value: number): number[] {
  return [2, 4, Math.floor(value / 256), value % 256];
}

function fd(last: number): number[] {
  return [0xfd, ...Array.from({ length: 14 }, () => 0), last];
}

function clamped(bytes: Uint8Array, innerMtu: number, hasChecksum = true): Uint8Array {
  const packet = new InnerPacket();
  const refusal = packet.read(bytes);
  if (refusal !== undefined) expect.fail(refusal);
  clampMss(packet, innerMtu, hasChecksum);
  return bytes;
}

/** Zero has two forms in ones' complement, and RFC 1624 keeps neither: both are right. */
function same(left: Uint8Array, right: Uint8Array, { family }: ReferencePacket): boolean {
  const checksumAt = (family === 4 ? 20 : 40) + 16;
  return left.length === right.length && left.every((byte, at) => byte === right[at] || isZeroAt(at));
  function isZeroAt(at: number): boolean {
    return at >> 1 === checksumAt >> 1 && [left, right].every((bytes) => isZero(bytes, checksumAt));
  }
}

function isZero(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === bytes[at + 1] && (bytes[at] === 0 || bytes[at] === 0xff);
}
