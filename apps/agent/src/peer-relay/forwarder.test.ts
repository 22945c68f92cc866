// What a device that relays sends, and to where: only what its order covers, and nowhere that was not proven.
import type { DeviceId, Endpoint } from "@pinhole/protocol";
import { encodeOnLane } from "@pinhole/protocol/relay";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { Forwarder, type ProvenPath } from "./forwarder.ts";
import type { Lane } from "./lane-table.ts";
import { ANN, BEN, laneBytes, RAY, SEALED } from "./testing.ts";

const LANE: Lane = { from: ANN, via: RAY, to: BEN, expiresAt: 300_000, bytes: laneBytes(1), usableAt: 0 };
const AT_ANN: Endpoint = { address: "203.0.113.1", port: 4_001 };
const AT_BEN: Endpoint = { address: "203.0.113.2", port: 4_002 };
const PACKET = encodeOnLane(LANE.bytes, { kind: "packet", packet: SEALED });

let paths: Map<DeviceId, ProvenPath>;
let addresses: Set<string>;
let forwarder: Forwarder;
beforeEach(() => {
  paths = new Map([
    [ANN, { socket: 0, endpoint: AT_ANN, isSuspect: false }],
    [BEN, { socket: 1, endpoint: AT_BEN, isSuspect: false }],
  ]);
  addresses = new Set();
  forwarder = new Forwarder({
    pathTo: (peerId) => paths.get(peerId),
    isAddressOf: (peerId, address) => addresses.has(`${peerId} ${address}`),
  });
});

describe("a packet on a lane", () => {
  test("goes as it is to where its receiver is proven to be", () => {
    expect(forwarder.forward(LANE, PACKET, AT_ANN, 0)).toEqual({ socket: 1, endpoint: AT_BEN, bytes: PACKET });
    expect(forwarder.counters).toMatchObject({ packets: 1, bytes: PACKET.length });
  });

  test("comes from any port of its sender's address, or from another that it has proven", () => {
    expect(forwarder.forward(LANE, PACKET, { ...AT_ANN, port: 9 }, 0)).toBeDefined();
    addresses.add(`${ANN} 2001:db8::1`);
    expect(forwarder.forward(LANE, PACKET, { address: "2001:db8::1", port: 9 }, 0)).toBeDefined();
  });

  // Who has seen the twelve bytes on the way must not be able to have his own packets passed on.
  test("is dropped when it comes from anywhere else, the receiver's address included", () => {
    addresses.add(`${BEN} 198.51.100.7`);
    for (const address of ["198.51.100.7", AT_BEN.address, "203.0.113.9"])
      expect(forwarder.forward(LANE, PACKET, { address, port: AT_ANN.port }, 0)).toBeUndefined();
    paths.delete(ANN);
    expect(forwarder.forward(LANE, PACKET, AT_ANN, 0)).toBeUndefined();
    expect(forwarder.counters).toMatchObject({ packets: 0, dropped: { "wrong-source": 4 } });
  });

  test.each([
    ["a DNS question", "a1b2010000010000000000000377777703636f6d0000010001"],
    ["a STUN request", "000100002112a442000000000000000000000000"],
    ["the answer that a receiver is not there", "00".repeat(16)],
  ])("is dropped when it carries %s", (_, hex) => {
    const datagram = Uint8Array.of(...PACKET.subarray(0, 16), ...Buffer.from(hex, "hex"));
    expect(forwarder.forward(LANE, datagram, AT_ANN, 0)).toBeUndefined();
    expect(forwarder.counters.dropped["not-sealed"]).toBe(1);
  });
});

describe("a receiver that is not reached", () => {
  test("is said to the sender, in fewer bytes, once a second, and where the sender is proven to be", () => {
    paths.delete(BEN);
    const answers = [0, 999, 1_000].map((at) => forwarder.forward(LANE, PACKET, { ...AT_ANN, port: 9 }, at));
    const answer = { socket: 0, endpoint: AT_ANN, bytes: encodeOnLane(LANE.bytes, { kind: "unreachable" }) };
    expect(answers).toEqual([answer, undefined, answer]);
    expect(answer.bytes.length).toBeLessThan(PACKET.length);
    expect(forwarder.counters.dropped["no-path"]).toBe(3);
  });

  test("is not said to a sender that has proven an address, and no path", () => {
    paths.clear();
    addresses.add(`${ANN} ${AT_ANN.address}`);
    expect(forwarder.forward(LANE, PACKET, AT_ANN, 0)).toBeUndefined();
  });

  test("is said while it is in doubt, one packet a second, and the others go on", () => {
    paths.set(BEN, { socket: 1, endpoint: AT_BEN, isSuspect: true });
    const sent = [0, 1, 2, 1_000].map((at) => forwarder.forward(LANE, PACKET, AT_ANN, at)?.endpoint);
    expect(sent).toEqual([AT_ANN, AT_BEN, AT_BEN, AT_ANN]);
  });
});

describe("the rate", () => {
  const BIG = encodeOnLane(LANE.bytes, { kind: "packet", packet: Uint8Array.of(4, 0, 0, 0, ...new Uint8Array(9_980)) });
  /** Megabytes in one second, offered at forty. */
  function offer(lanes: readonly Lane[], from: number): number {
    const before = forwarder.counters.bytes;
    for (let n = 0; n < 4_000; n++) forwarder.forward(lanes[n % lanes.length]!, BIG, AT_ANN, from + n / 4);
    return (forwarder.counters.bytes - before) / 1e6;
  }

  test("of one direction of a pair is a hundred megabit a second and a burst, whatever lane it takes", () => {
    expect(offer([LANE, { ...LANE, bytes: laneBytes(2) }], 0)).toBeCloseTo(13.5, 1);
    expect(offer([{ ...LANE, bytes: laneBytes(3) }], 1_000)).toBeCloseTo(12.5, 1);
    expect(forwarder.counters.dropped["over-rate"]).toBeGreaterThan(5_000);
  });

  test("of all together is two hundred", () => {
    const lanes = Array.from({ length: 8 }, (_, n): Lane => {
      const to: DeviceId = `dev_${String(n).repeat(32)}`;
      paths.set(to, { socket: 1, endpoint: AT_BEN, isSuspect: false });
      return { ...LANE, to };
    });
    expect(offer(lanes, 0)).toBeCloseTo(26, 0);
  });
});

test("never sends more than one datagram for one, nor a longer one, nor to an endpoint that is not proven", () => {
  const endpoint = fc.record({
    address: fc.constantFrom(AT_ANN.address, AT_BEN.address, "198.51.100.7", "127.0.0.1", "255.255.255.255"),
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      endpoint,
      fc.nat(10_000),
      fc.boolean(),
      (tail, from, at, isSuspect) => {
        paths.set(BEN, { socket: 1, endpoint: AT_BEN, isSuspect });
        const datagram = Uint8Array.of(4, 0, 0, 0, ...LANE.bytes, 4, 0, 0, 0, ...tail);
        const sent = forwarder.forward(LANE, datagram, from, at);
        if (sent === undefined) return;
        expect([AT_ANN, AT_BEN]).toContainEqual(sent.endpoint);
        expect(sent.bytes.length).toBeLessThanOrEqual(datagram.length);
      },
    ),
  );
});
