import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { demultiplex } from "./demultiplex.ts";

const KNOWN_INDEX = 0x04030201;
const owner = (bytes: Uint8Array): string => demultiplex(bytes, (index) => index === KNOWN_INDEX);

const message = (length: number, ...start: number[]): Uint8Array => {
  const bytes = new Uint8Array(length);
  bytes.set(start);
  return bytes;
};

describe("a datagram belongs to", () => {
  test.each([
    ["WireGuard: an initiation", message(148, 1), "wireguard"],
    ["WireGuard: a response", message(92, 2), "wireguard"],
    ["WireGuard: a cookie reply", message(64, 3), "wireguard"],
    ["WireGuard: data of a session", message(32, 4, 0, 0, 0, 1, 2, 3, 4), "wireguard"],
    ["the path engine: data of an unknown index", message(64, 4, 0, 0, 0, 9, 9, 9, 9), "probe"],
    ["STUN: a binding response", message(20, 1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), "stun"],
    [
      "WireGuard: an initiation whose index is STUN's cookie",
      message(148, 1, 0, 0, 0, 0x21, 0x12, 0xa4, 0x42),
      "wireguard",
    ],
    ["the path engine: a probe whose index is STUN's cookie", message(64, 4, 0, 0, 0, 0x21, 0x12, 0xa4, 0x42), "probe"],
    ["nobody: a STUN message that is longer than it says", message(24, 1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), "nobody"],
    ["nobody: no STUN, the first bits are set", message(20, 0x81, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), "nobody"],
    ["nobody: an initiation that is too long", message(149, 1), "nobody"],
    ["nobody: reserved bytes that are not zero", message(148, 1, 0, 0, 1), "nobody"],
    ["nobody: nothing", message(0), "nobody"],
  ])("%s", (_, bytes, expected) => {
    expect(owner(bytes)).toBe(expected);
  });

  test("somebody or nobody, whatever its bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void owner(bytes)));
  });
});
