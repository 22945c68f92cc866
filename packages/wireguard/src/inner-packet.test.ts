import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutPadding } from "./inner-packet.ts";
import { fromHex, ipv4Packet } from "./testing.ts";
import { datagramBytes } from "./transport-data.ts";

describe("padding", () => {
  test.each([
    [0, 0],
    [1, 15],
    [15, 1],
    [16, 0],
    [17, 15],
    [1_420, 4],
  ])("%i bytes get %i", (length, padding) => {
    expect(datagramBytes(length)).toBe(16 + length + padding + 16);
  });

  test("is cut off an IPv4 packet by its total length", () => {
    const packet = ipv4Packet(33);
    const padded = Buffer.concat([new Uint8Array(16), packet, new Uint8Array(15)]);
    expect(withoutPadding(padded, 16, padded.length)).toEqual(Buffer.from(packet));
  });

  test("is cut off an IPv6 packet by its payload length", () => {
    const packet = Buffer.concat([fromHex("60000000 0001 11 40"), new Uint8Array(33)]);
    const padded = Buffer.concat([new Uint8Array(16), packet, new Uint8Array(7), new Uint8Array(16).fill(9)]);
    expect(withoutPadding(padded, 16, padded.length - 16)).toEqual(packet);
  });

  test.each([
    ["nothing", ""],
    ["no IP version", "00000000"],
    ["an IPv4 header that claims more than there is", "4500 0015 0000000000000000 0000000000000000"],
    ["an IPv4 length shorter than its header", "4500 0013 00000000000000000000000000000000"],
    ["an IPv4 header cut short", "4500"],
    ["an IPv6 header cut short", "6000 0000 0000"],
  ])("%s is no packet", (_, hex) => {
    const bytes = fromHex(hex);
    expect(withoutPadding(bytes, 0, bytes.length)).toBeUndefined();
    // Whatever is behind it: a tag is any bytes.
    for (const filler of [0x00, 0x45, 0xff]) {
      const followed = Buffer.concat([bytes, new Uint8Array(16).fill(filler)]);
      expect(withoutPadding(followed, 0, bytes.length)).toBeUndefined();
    }
  });

  test("never throws, and never returns more than it was given", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, end) => {
        const to = Math.min(end, bytes.length);
        expect(withoutPadding(bytes, 0, to)?.length ?? 0).toBeLessThanOrEqual(to);
      }),
    );
  });
});
