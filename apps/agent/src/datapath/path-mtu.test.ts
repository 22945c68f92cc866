/** What a path carries outside decides how long a packet may be inside, and whoever sends longer ones is told. */
import { describe, expect, test } from "vitest";
import { InnerPacket } from "./packet/inner-packet.ts";
import { Random, randomPacket } from "./packet/random-packet.ts";
import { buildReference, Flag } from "./packet/reference-packet.ts";
import { buildPacket } from "./packet/testing.ts";
import { type Host, newPair, peerOf, RELAY, routeDirect, udp } from "./testing.ts";

const MIN_INNER_MTU = 1_280;

describe("the interface", () => {
  test("takes what the path carries, less the tunnel, in whole padding", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.engine.setPathMtu(b.id, 1_500);
    a.engine.setPathMtu(b.id, 1_420);
    a.engine.setPathMtu(b.id, 0);
    expect(a.innerMtus).toEqual([1_440, 1_360, MIN_INNER_MTU]);
  });

  test("takes as much only once the path is known to be IPv4's, whose header is shorter", () => {
    const { a, b } = newPair();
    a.engine.setPathMtu(b.id, 1_500);
    routeDirect(a, b);
    a.engine.setRoute(b.id, RELAY);
    expect(a.innerMtus).toEqual([1_408, 1_440, 1_408]);
  });

  test("never takes less than IPv6 asks for", () => {
    const { a, b } = newPair();
    routeDirect(a, b);
    a.engine.setPathMtu(b.id, 576);
    expect(a.innerMtus).toEqual([]);
  });

  test("takes what the widest peer takes, for as long as it is one, known before or after its path", () => {
    const { a, b } = newPair();
    const wide = { ...peerOf(b), id: `dev_${"c".repeat(32)}` as const, nodeKey: NODE_KEY, addresses: ["100.90.0.3"] };
    a.engine.setPathMtu(wide.id, 1_500);
    a.configure([peerOf(b)]);
    expect(a.innerMtus).toEqual([]);
    a.configure([peerOf(b), wide]);
    a.engine.setPathMtu(wide.id, 1_500);
    a.configure([peerOf(b)]);
    expect(a.innerMtus).toEqual([1_408, MIN_INNER_MTU]);
  });
});

describe("a packet that is longer than the path to its peer", () => {
  test.each([4, 6] as const)("is refused over IPv%i in words that the host understands", (family) => {
    const { a, b, whole } = pairOf(family);
    const packet = whole(1_400);
    a.engine.packet(packet);
    expect(a.drops).toEqual({ "packet-too-big": 1 });
    expect(b.delivered).toEqual([]);
    const error = read(a.delivered[0]);
    expect(error.icmpType).toBe(family === 4 ? 3 : 2);
    const mtuAt = error.transportAt + 6;
    expect(Buffer.from(error.bytes).readUInt16BE(mtuAt)).toBe(MIN_INNER_MTU);
  });

  test("is cut on the way where that is allowed", () => {
    const { a, b } = pairOf(4);
    const packet = buildPacket({
      source: a.address,
      destination: b.address,
      protocol: 17,
      payload: new Uint8Array(1_400),
    });
    a.engine.packet(packet);
    expect(a.drops).toEqual({});
    expect(b.delivered).toEqual([packet]);
  });

  test("passes as soon as the path carries it", () => {
    const { a, b, whole } = pairOf(6);
    a.engine.setPathMtu(b.id, 1_500);
    a.engine.packet(whole(1_360));
    expect(a.drops).toEqual({});
    expect(b.delivered).toHaveLength(1);
  });

  // Or a host that never listens would be answered packet for packet, at the rate that it sends.
  test("is answered once in a millisecond, however many there are", () => {
    const { a, whole } = pairOf(6);
    for (let ms = 0; ms < 10; ms++) {
      for (let count = 0; count < 100; count++) a.engine.packet(whole(1_400));
      a.advance(1);
    }
    expect(a.drops).toEqual({ "packet-too-big": 1_000 });
    expect(a.delivered).toHaveLength(10);
  });

  test("is dropped in silence where there is no interface to hear of it", () => {
    const { a, whole } = pairOf(6, false);
    a.engine.packet(whole(1_400));
    expect(a.drops).toEqual({ "packet-too-big": 1 });
    expect(a.delivered).toEqual([]);
  });
});

describe("a TCP handshake", () => {
  test.each(["outbound", "inbound"] as const)("is held to the path where it is %s", (direction) => {
    const { a, b } = pairOf(4);
    (direction === "outbound" ? b : a).engine.setPathMtu((direction === "outbound" ? a : b).id, 1_500);
    const packet = {
      ...randomPacket(new Random(1), 1),
      family: 4,
      source: [100, 90, 0, 1],
      destination: [100, 90, 0, 2],
      payload: [],
    } as const;
    const syn = (mss: number): Uint8Array =>
      buildReference({
        ...packet,
        transport: {
          kind: "tcp",
          sequence: 1,
          acknowledgement: 0,
          flags: Flag.syn,
          window: 1,
          urgent: 0,
          options: [2, 4, mss >> 8, mss & 0xff],
        },
      });
    a.engine.packet(syn(1_460));
    expect(b.delivered).toEqual([syn(MIN_INNER_MTU - 40)]);
  });
});

const NODE_KEY = Buffer.from(Uint8Array.from({ length: 32 }, (_, at) => at + 1)).toString("base64url");
const V6 = { a: "fd12::1", b: "fd12::2" };

type MtuPair = {
  readonly a: Host;
  readonly b: Host;
  /** From a to b, of so many bytes, and not to be cut. */
  readonly whole: (length: number) => Uint8Array;
};

/** With a session already. */
function pairOf(family: 4 | 6, hasInterface = true): MtuPair {
  const { a, b } = newPair({ a: { hasInterface } });
  a.configure([peerOf(b, [b.address, V6.b])], { self: [a.address, V6.a] });
  b.configure([peerOf(a, [a.address, V6.a])], { self: [b.address, V6.b] });
  routeDirect(a, b);
  a.engine.packet(udp(a, b));
  b.delivered.length = 0;
  const [source, destination] = family === 4 ? [a.address, b.address] : [V6.a, V6.b];
  return {
    a,
    b,
    whole: (length) => {
      const payload = new Uint8Array(length - (family === 4 ? 28 : 48));
      const packet = buildPacket({ source, destination, protocol: 17, payload });
      if (family === 4) packet[6] = 0x40;
      return packet;
    },
  };
}

function read(bytes: Uint8Array | undefined): InnerPacket {
  const packet = new InnerPacket();
  expect(packet.read(bytes ?? new Uint8Array())).toBeUndefined();
  return packet;
}
