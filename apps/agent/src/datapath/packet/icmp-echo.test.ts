import { describe, expect, test } from "vitest";
import { foldChecksum, sumWords } from "./checksum.ts";
import { echoPayload, echoSequence, isEchoReply, isEchoRequest, newEchoReply, newEchoRequest } from "./icmp-echo.ts";
import { InnerPacket } from "./inner-packet.ts";

const payload = Uint8Array.from({ length: 57 }, (_, at) => at);
const V4 = { source: "100.90.16.1", destination: "100.90.16.2", identifier: 0xbeef, sequence: 0x102, payload };
const V6 = { ...V4, source: "fd12::1", destination: "fd12::2" };

const read = (bytes: Uint8Array): InnerPacket => {
  const packet = new InnerPacket();
  expect(packet.read(bytes)).toBeUndefined();
  return packet;
};

describe.each([
  ["IPv4", V4],
  ["IPv6", V6],
] as const)("an echo over %s", (_, echo) => {
  test("is a request with the right checksums", () => {
    const packet = read(newEchoRequest(echo));
    expect(isEchoRequest(packet)).toBe(true);
    expect(packet.srcPort).toBe(0xbeef);
    expect(echoSequence(packet)).toBe(0x102);
    expect(echoPayload(packet)).toEqual(payload);
    expectChecksums(packet);
  });

  test("is answered by its own payload, the other way round", () => {
    const request = read(newEchoRequest(echo));
    const reply = read(newEchoReply(request));
    expect(isEchoReply(reply)).toBe(true);
    expectChecksums(reply);
    expect(echoPayload(reply)).toEqual(payload);
    const back = read(newEchoRequest({ ...echo, source: echo.destination, destination: echo.source }));
    expect(reply.bytes.subarray(reply.srcAt, reply.srcAt + 2 * reply.addressBytes)).toEqual(
      back.bytes.subarray(back.srcAt, back.srcAt + 2 * back.addressBytes),
    );
  });
});

test("addresses of two families make no packet", () => {
  expect(() => newEchoRequest({ ...V4, destination: "fd12::2" })).toThrow(RangeError);
});

/** A sum over everything, the checksum included, is zero where the checksum is right. */
function expectChecksums({ bytes, family, transportAt }: InnerPacket): void {
  if (family === 4) {
    expect(foldChecksum(sumWords(bytes, 0, 20))).toBe(0);
    expect(foldChecksum(sumWords(bytes, 20, bytes.length))).toBe(0);
  } else {
    const pseudo = sumWords(bytes, 8, 40) + (bytes.length - transportAt) + 58;
    expect(foldChecksum(pseudo + sumWords(bytes, transportAt, bytes.length))).toBe(0);
  }
}
