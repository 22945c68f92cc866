import { describe, expect, test } from "vitest";
import { readQuotedFlow } from "../filter/quoted-flow.ts";
import { foldChecksum, sumWords } from "./checksum.ts";
import { InnerPacket } from "./inner-packet.ts";
import { buildPacket } from "./testing.ts";
import { mayNotBeCut, newTooBig } from "./too-big.ts";

const UDP = { protocol: 17, sourcePort: 0x1234, destinationPort: 0x5678 } as const;
const V4 = { ...UDP, source: "100.90.16.1", destination: "100.90.16.2" } as const;
const V6 = { ...UDP, source: "fd12::1", destination: "fd12::2" } as const;

const read = (bytes: Uint8Array): InnerPacket => {
  const packet = new InnerPacket();
  expect(packet.read(bytes)).toBeUndefined();
  return packet;
};

describe.each([
  ["IPv4", V4, 576],
  ["IPv6", V6, 1_280],
] as const)("a packet that is too big over %s", (_, shape, most) => {
  test.each([2_000, 1_400, 100])(
    "of %i bytes is answered with its own beginning, and checksums that are right",
    (size) => {
      const packet = buildPacket({ ...shape, payload: Uint8Array.from({ length: size }, (__, at) => at) });
      const error = newTooBig(read(packet), 1_328);
      expect(error.length).toBe(Math.min(most, packet.length + (shape === V4 ? 28 : 48)));
      const { bytes, transportAt } = read(error);
      const quote = bytes.subarray(transportAt + 8);
      expect(Buffer.compare(quote, packet.subarray(0, quote.length))).toBe(0);
      expectChecksums(read(error));
    },
  );

  // By the same reader that judges what peers send: the error is about the flow that the packet was of.
  test("is answered from where it was going to, about the flow that it was of", () => {
    const packet = read(buildPacket({ ...shape, payload: new Uint8Array(1_400) }));
    const error = read(newTooBig(packet, 1_328));
    expect(addresses(error)).toEqual(addresses(packet).toReversed());
    expect(readQuotedFlow(error)).toMatchObject({ protocol: 17, localPort: 0x1234, remotePort: 0x5678 });
  });
});

test("the errors are these bytes", () => {
  const hex = (shape: typeof V4 | typeof V6): string =>
    Buffer.from(newTooBig(read(buildPacket({ ...shape, payload: new Uint8Array(0) })), 1_328)).toString("hex");
  expect(hex(V4)).toBe(
    "45000038000000004001920e645a1002645a1001" +
      "0304213200000530" +
      "4500001c0000000040110000645a1001645a1002" +
      "1234567800080000",
  );
  expect(hex(V6)).toBe(
    "6000000000383a40fd120000000000000000000000000002fd120000000000000000000000000001" +
      "02002a0f00000530" +
      "6000000000081140fd120000000000000000000000000001fd120000000000000000000000000002" +
      "1234567800080000",
  );
});

test("only who forbids fragments hears of it over IPv4, and everybody over IPv6", () => {
  const free = buildPacket({ ...V4, payload: new Uint8Array(1_400) });
  const whole = Uint8Array.from(free);
  whole[6] = 0x40;
  expect([free, whole, buildPacket(V6)].map((bytes) => mayNotBeCut(read(bytes)))).toEqual([false, true, true]);
});

function addresses({ bytes, srcAt, dstAt, addressBytes }: InnerPacket): readonly string[] {
  return [srcAt, dstAt].map((at) => Buffer.from(bytes.subarray(at, at + addressBytes)).toString("hex"));
}

/** A sum over everything, the checksum included, is zero where the checksum is right. */
function expectChecksums({ bytes, family, transportAt }: InnerPacket): void {
  if (family === 4) expect(foldChecksum(sumWords(bytes, 0, 20))).toBe(0);
  const pseudo = family === 4 ? 0 : sumWords(bytes, 8, 40) + (bytes.length - transportAt) + 58;
  expect(foldChecksum(pseudo + sumWords(bytes, transportAt, bytes.length))).toBe(0);
}
