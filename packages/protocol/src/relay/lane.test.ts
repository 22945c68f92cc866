import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeOnLane, LANE_HEADER_BYTES, laneOf, loadOf } from "./lane.ts";

const LANE = Uint8Array.from({ length: 12 }, (_, n) => 0xa0 + n);
const KEEPALIVE = new Uint8Array(32).fill(7).fill(0, 0, 4).fill(4, 0, 1);

describe("a datagram on a lane", () => {
  test("has its bytes, and gives back what it carries", () => {
    const datagram = encodeOnLane(LANE, { kind: "packet", packet: KEEPALIVE });
    expect(Buffer.from(datagram).toString("hex")).toBe(`04000000a0a1a2a3a4a5a6a7a8a9aaab04000000${"07".repeat(28)}`);
    expect(laneOf(datagram)).toEqual(LANE);
    expect(loadOf(datagram)).toEqual({ kind: "packet", packet: KEEPALIVE });
  });

  test("says with zeros that the receiver cannot be reached, in fewer bytes than any packet has", () => {
    const datagram = encodeOnLane(LANE, { kind: "unreachable" });
    expect(Buffer.from(datagram).toString("hex")).toBe(`04000000a0a1a2a3a4a5a6a7a8a9aaab${"00".repeat(16)}`);
    expect(loadOf(datagram)).toEqual({ kind: "unreachable" });
    expect(datagram.length).toBeLessThan(encodeOnLane(LANE, { kind: "packet", packet: KEEPALIVE }).length);
  });

  // A relaying device passes on what it does not know: were it to take anything, it would carry any protocol.
  test.each([
    ["nothing", ""],
    ["zeros that are too many", "00".repeat(17)],
    ["a DNS question", "a1b2010000010000000000000377777703636f6d0000010001"],
    ["a STUN request", "000100002112a442000000000000000000000000"],
    ["an initiation that is cut short", `01000000${"00".repeat(100)}`],
  ])("carries no %s", (_, hex) => {
    const datagram = Uint8Array.of(4, 0, 0, 0, ...LANE, ...Buffer.from(hex, "hex"));
    expect(loadOf(datagram)).toBeUndefined();
  });

  test("has no lane at any truncation below the shortest, nor with another beginning", () => {
    const datagram = encodeOnLane(LANE, { kind: "unreachable" });
    for (let length = 0; length < datagram.length; length++)
      expect(laneOf(datagram.subarray(0, length)), `${length} bytes`).toBeUndefined();
    for (const at of [0, 1, 2, 3]) expect(laneOf(Uint8Array.from(datagram).fill(9, at, at + 1))).toBeUndefined();
    expect(() => encodeOnLane(LANE.subarray(1), { kind: "unreachable" })).toThrow(RangeError);
  });

  test("never throws on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const datagram = Uint8Array.of(4, 0, 0, 0, ...bytes);
        const load = laneOf(datagram) && loadOf(datagram);
        if (load?.kind === "packet") expect(load.packet.length).toBe(datagram.length - LANE_HEADER_BYTES);
      }),
    );
  });
});
