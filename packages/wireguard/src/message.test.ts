import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CookieReply, decodeCookieReply, encodeCookieReply } from "./cookie-reply.ts";
import {
  decodeHandshakeInitiation,
  encodeHandshakeInitiation,
  type HandshakeInitiation,
} from "./handshake-initiation.ts";
import { decodeHandshakeResponse, encodeHandshakeResponse, type HandshakeResponse } from "./handshake-response.ts";
import { isWireGuard, messageKind } from "./message.ts";
import { toHex } from "./testing.ts";
import { writeTransportHeader } from "./transport-data.ts";

const initiation: HandshakeInitiation = {
  sender: 0x89abcdef,
  ephemeral: new Uint8Array(32).fill(0x11),
  sealedStatic: new Uint8Array(48).fill(0x22),
  sealedTimestamp: new Uint8Array(28).fill(0x33),
};
const response: HandshakeResponse = {
  sender: 0x01020304,
  receiver: 0xfffefdfc,
  ephemeral: new Uint8Array(32).fill(0x44),
  sealedEmpty: new Uint8Array(16).fill(0x55),
};
const cookieReply: CookieReply = {
  receiver: 0x01020304,
  nonce: new Uint8Array(24).fill(0x66),
  sealedCookie: new Uint8Array(32).fill(0x77),
};

const INITIATION_HEX = `01000000efcdab89${"11".repeat(32)}${"22".repeat(48)}${"33".repeat(28)}${"00".repeat(32)}`;
const RESPONSE_HEX = `0200000004030201fcfdfeff${"44".repeat(32)}${"55".repeat(16)}${"00".repeat(32)}`;
const COOKIE_HEX = `0300000004030201${"66".repeat(24)}${"77".repeat(32)}`;

describe("messages on the wire", () => {
  test("a handshake initiation has 148 bytes, macs left for last", () => {
    const bytes = encodeHandshakeInitiation(initiation);
    expect(bytes).toHaveLength(148);
    expect(toHex(bytes)).toBe(INITIATION_HEX);
    expect(decodeHandshakeInitiation(bytes)).toEqual(initiation);
  });

  test("a handshake response has 92 bytes", () => {
    const bytes = encodeHandshakeResponse(response);
    expect(bytes).toHaveLength(92);
    expect(toHex(bytes)).toBe(RESPONSE_HEX);
    expect(decodeHandshakeResponse(bytes)).toEqual(response);
  });

  test("a cookie reply has 64 bytes", () => {
    const bytes = encodeCookieReply(cookieReply);
    expect(bytes).toHaveLength(64);
    expect(toHex(bytes)).toBe(COOKIE_HEX);
    expect(decodeCookieReply(bytes)).toEqual(cookieReply);
  });

  test("transport data starts with type, receiver and the whole 64-bit counter", () => {
    const header = new Uint8Array(16);
    writeTransportHeader(header, 0, { receiver: 0x01020304, counter: { hi: 0x05060708, lo: 0xf90a0b0c } });
    expect(toHex(header)).toBe("04000000040302010c0b0af908070605");
  });

  // Sockets hand out the same buffer again for the next datagram.
  test("decoded fields survive the buffer they came from", () => {
    const bytes = encodeHandshakeInitiation(initiation);
    const decoded = decodeHandshakeInitiation(bytes);
    bytes.fill(0xff);
    expect(decoded).toEqual(initiation);
  });
});

describe("the kind of a datagram", () => {
  test.each([
    ["handshake-initiation", 1, [148]],
    ["handshake-response", 2, [92]],
    ["cookie-reply", 3, [64]],
    ["transport-data", 4, [32, 33, 48, 1_500, 65_507]],
  ] as const)("is %s at no other length than its own", (kind, type, lengths) => {
    for (const length of lengths) expect(messageKind(datagram(type, length)), `${length} bytes`).toBe(kind);
    for (const length of [0, 1, 3, 4, 31, 63, 65, 91, 93, 147, 149].filter((wrong) => type !== 4 || wrong < 32)) {
      expect(messageKind(datagram(type, length)), `${length} bytes`).toBe("wrong-length");
    }
  });

  test.each([0, 5, 255])("is none for type %i", (type) => {
    expect(messageKind(datagram(type, 148))).toBe("wrong-type");
  });

  test("is none when a reserved byte is set", () => {
    for (const at of [1, 2, 3]) {
      const bytes = datagram(4, 64);
      bytes[at] = 1;
      expect(messageKind(bytes)).toBe("wrong-type");
    }
  });

  test("keeps apart what shares the socket: STUN is never WireGuard", () => {
    const stun = Buffer.from("000100002112a442000102030405060708090a0b", "hex");
    expect(isWireGuard(stun)).toBe(false);
    expect(isWireGuard(datagram(4, 32))).toBe(true);
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void messageKind(bytes)));
  });
});

function datagram(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length > 0) bytes[0] = type;
  return bytes;
}
