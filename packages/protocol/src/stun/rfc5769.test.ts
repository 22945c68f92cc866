// The sample messages of RFC 5769, byte for byte. Their MESSAGE-INTEGRITY belongs to credentials that nothing here has.
import { describe, expect, test } from "vitest";
import { decodeStun } from "./message.ts";

const TRANSACTION_ID = fromHex("b7e7a701 bc34d686 fa87dfae");

const REQUEST = fromHex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);

const IPV4_RESPONSE = fromHex(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`);

const IPV6_RESPONSE = fromHex(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`);

describe("RFC 5769", () => {
  test("§2.1 sample request", () => {
    expect(decodeStun(REQUEST)).toEqual({
      ok: true,
      value: {
        kind: "binding-request",
        transactionId: TRANSACTION_ID,
        changeRequest: undefined,
        unknownAttributes: [0x0024], // PRIORITY, which is ICE's
        hasFingerprint: true,
      },
    });
  });

  test.each([
    ["§2.2 sample IPv4 response", IPV4_RESPONSE, { address: "192.0.2.1", port: 32853 }],
    ["§2.3 sample IPv6 response", IPV6_RESPONSE, { address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853 }],
  ])("%s", (_, bytes, mapped) => {
    expect(decodeStun(bytes)).toEqual({
      ok: true,
      value: {
        kind: "binding-success",
        transactionId: TRANSACTION_ID,
        mapped,
        responseOrigin: undefined,
        otherAddress: undefined,
      },
    });
  });

  test.each([
    ["request", REQUEST],
    ["IPv4 response", IPV4_RESPONSE],
    ["IPv6 response", IPV6_RESPONSE],
  ])("every flipped byte of the %s is noticed, thanks to its fingerprint", (_, bytes) => {
    // The two bytes that say "this is a FINGERPRINT" cannot be covered by it: without them there is none.
    const fingerprintType = bytes.length - 8;
    for (let index = 0; index < bytes.length; index++) {
      if (index === fingerprintType || index === fingerprintType + 1) continue;
      const damaged = Uint8Array.from(bytes);
      damaged[index]! ^= 0x01;
      expect(decodeStun(damaged).ok, `byte ${index}`).toBe(false);
    }
  });
});

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(/\s/g, "").match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
