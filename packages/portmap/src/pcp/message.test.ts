import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePcpResponse, encodeAnnounce, encodeMap } from "./message.ts";

const NONCE = Uint8Array.from({ length: 12 }, (_, index) => index);
const CLIENT = "00000000000000000000ffffc0a84d0a"; // 192.168.77.10
const ANNOUNCED = "02800000000000000000001400000000 0000000000000000";
/** As miniupnpd 2.3.1 answers. */
const GRANTED = `02810000 00001c20 00000014 ${"00".repeat(12)} 000102030405060708090a0b 11000000 a000 a000 00000000000000000000ffff07070707`;
const MISMATCH = `0281000c 00000000 00000015 ${"00".repeat(12)} ff0102030405060708090a0b 11000000 a000 a000 00000000000000000000ffff00000000`;

describe("the bytes", () => {
  test("of ANNOUNCE", () => {
    expect(toHex(encodeAnnounce("192.168.77.10"))).toBe(`0200000000000000${CLIENT}`);
  });

  test("of MAP over IPv4", () => {
    const bytes = encodeMap({
      nonce: NONCE,
      clientAddress: "192.168.77.10",
      internalPort: 0xa000,
      externalPort: 0xa001,
      lifetimeS: 7_200,
    });
    expect(toHex(bytes)).toBe(
      `0201000000001c20${CLIENT}000102030405060708090a0b11000000a000a00100000000000000000000ffff00000000`,
    );
  });

  test("of MAP over IPv6", () => {
    const bytes = encodeMap({
      nonce: NONCE,
      clientAddress: "2001:db8:77::10",
      internalPort: 0xa000,
      externalPort: 0xa000,
      lifetimeS: 0,
    });
    expect(toHex(bytes)).toBe(
      `020100000000000020010db8007700000000000000000010000102030405060708090a0b11000000a000a000${"00".repeat(16)}`,
    );
  });
});

describe("decoding", () => {
  test("reads what a server grants", () => {
    expect(decodePcpResponse(fromHex(GRANTED))).toEqual({
      ok: true,
      value: {
        opcode: "map",
        result: 0,
        lifetimeS: 7_200,
        epochS: 20,
        nonce: NONCE,
        internalPort: 0xa000,
        externalPort: 0xa000,
        externalAddress: "7.7.7.7",
      },
    });
  });

  test("reads an announcement and an error", () => {
    expect(decodePcpResponse(fromHex(ANNOUNCED))).toMatchObject({ value: { opcode: "announce", epochS: 20 } });
    expect(decodePcpResponse(fromHex(MISMATCH))).toMatchObject({ value: { opcode: "map", result: 12 } });
  });

  test.each([
    ["nothing", "", "not-pcp"],
    ["a request", `0200000000000000${CLIENT}`, "not-pcp"],
    ["NAT-PMP's refusal", "0080000100000014", "not-pcp"],
    ["another opcode", ANNOUNCED.replace("0280", "0282"), "unsupported"],
    ["a mapping of TCP", GRANTED.replace("11000000", "06000000"), "malformed"],
    ["a length that is no multiple of four", `${ANNOUNCED}00`, "malformed"],
    ["more bytes than PCP has", `${GRANTED}${"00".repeat(1_100)}`, "malformed"],
  ])("refuses %s", (_, hex, error) => {
    expect(decodePcpResponse(fromHex(hex))).toEqual({ ok: false, error });
  });

  test("refuses every truncation", () => {
    for (const whole of [fromHex(GRANTED), fromHex(ANNOUNCED)]) {
      for (let length = 0; length < whole.length; length++)
        expect(decodePcpResponse(whole.subarray(0, length)).ok).toBe(false);
    }
  });

  test("never throws", () => {
    const behind = fc.tuple(fc.constantFrom("0280", "0281", "0282"), fc.uint8Array({ maxLength: 80 }));
    const bytes = behind.map(([head, rest]) => Uint8Array.of(...fromHex(head), ...rest));
    fc.assert(fc.property(fc.oneof(bytes, fc.uint8Array()), (input) => void decodePcpResponse(input)));
  });
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
