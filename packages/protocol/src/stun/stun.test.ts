import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import {
  decodeStun,
  encodeBindingError,
  encodeBindingIndication,
  encodeBindingRequest,
  encodeBindingSuccess,
  ENDPOINT_PROOF_BYTES,
  FULL_RESPONSE_BYTES,
  isStun,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
  paddingFor,
} from "./index.ts";

const transactionId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const HEADER = "2112a442 01020304 05060708 090a0b0c";
const V4: Endpoint = { address: "203.0.113.7", port: 40112 };
const V6: Endpoint = { address: "2001:db8::7", port: 40112 };

describe("Binding messages on the wire", () => {
  test.each([
    ["a request", encodeBindingRequest({ transactionId }), `00010000 ${HEADER}`],
    [
      "a request to answer from elsewhere",
      encodeBindingRequest({ transactionId, changeRequest: { address: true, port: true } }),
      `00010008 ${HEADER} 00030004 00000006`,
    ],
    [
      "a padded request",
      encodeBindingRequest({ transactionId, paddingBytes: 6 }),
      `0001000c ${HEADER} fff00006 00000000 00000000`,
    ],
    // 9cb0 ^ 2112, cb007107 ^ 2112a442
    [
      "a success response",
      encodeBindingSuccess({ transactionId, mapped: V4 }),
      `0101000c ${HEADER} 00200008 0001bda2 ea12d545`,
    ],
    [
      "a request to be answered at another port",
      encodeBindingRequest({ transactionId, responsePort: 0x1234 }),
      `00010008 ${HEADER} 00270004 12340000`,
    ],
    [
      "a success response over IPv6",
      encodeBindingSuccess({ transactionId, mapped: V6 }),
      `01010018 ${HEADER} 00200014 0002bda2 0113a9fa 01020304 05060708 090a0b0b`,
    ],
    [
      "a success response with everything",
      encodeBindingSuccess({ transactionId, mapped: V4, responseOrigin: V4, otherAddress: { ...V4, port: 1 } }),
      `01010024 ${HEADER} 00200008 0001bda2 ea12d545 802b0008 00019cb0 cb007107 802c0008 00010001 cb007107`,
    ],
    ["an indication", encodeBindingIndication(transactionId), `00110000 ${HEADER}`],
    [
      "an error response",
      encodeBindingError({ transactionId, code: 420, unknownAttributes: [0x0024, 0x7fff, 0x0025] }),
      `01110014 ${HEADER} 00090004 00000414 000a0006 00247fff 00250000`,
    ],
  ])("%s", (_, bytes, hex) => {
    expect(toHex(bytes)).toBe(hex.replaceAll(" ", ""));
  });

  test("have the sizes that the padding reckons with", () => {
    expect(encodeBindingSuccess({ transactionId, mapped: V4 })).toHaveLength(PLAIN_RESPONSE_BYTES[4]);
    expect(encodeBindingSuccess({ transactionId, mapped: V6 })).toHaveLength(PLAIN_RESPONSE_BYTES[6]);
    expect(encodeBindingSuccess({ transactionId, mapped: V4, responseOrigin: V4, otherAddress: V4 })).toHaveLength(
      FULL_RESPONSE_BYTES[4],
    );
    expect(encodeBindingSuccess({ transactionId, mapped: V6, responseOrigin: V6, otherAddress: V6 })).toHaveLength(
      FULL_RESPONSE_BYTES[6],
    );
    const proof = new Uint8Array(ENDPOINT_PROOF_BYTES);
    expect(encodeBindingSuccess({ transactionId, mapped: V4, proof })).toHaveLength(
      PLAIN_RESPONSE_BYTES[4] + PROOF_ATTRIBUTE_BYTES,
    );
  });

  test.each([0, 20, 21, 24, 28, 32, 44, 56, 92])(
    "a request padded for %d bytes has at least as many, and at most seven more",
    (size) => {
      for (const changeRequest of [undefined, { address: true, port: false }]) {
        const bytes = encodeBindingRequest({
          transactionId,
          changeRequest,
          paddingBytes: paddingFor(size, changeRequest),
        });
        const unpadded = changeRequest === undefined ? 20 : 28;
        expect(bytes.length).toBeGreaterThanOrEqual(size);
        expect(bytes.length).toBeLessThanOrEqual(Math.max(unpadded, size + 7));
        expect(decodeStun(bytes)).toMatchObject({ ok: true, value: { unknownAttributes: [], changeRequest } });
      }
    },
  );

  test("are never written with a transaction ID of another length, or enormous padding", () => {
    expect(() => encodeBindingRequest({ transactionId: new Uint8Array(16) })).toThrow(RangeError);
    expect(() => encodeBindingRequest({ transactionId, paddingBytes: 5_000 })).toThrow(RangeError);
  });
});

describe("decoding", () => {
  const port = fc.integer({ min: 0, max: 0xffff });
  const endpoint: fc.Arbitrary<Endpoint> = fc.oneof(
    fc.record({ address: fc.ipV4(), port }),
    fc.record({ address: fc.integer({ min: 0, max: 0xffff }).map((n) => `2001:db8::${(n | 1).toString(16)}`), port }),
  );
  const id = fc.uint8Array({ minLength: 12, maxLength: 12 });

  test("gives back what was encoded", () => {
    const optional = fc.option(endpoint, { nil: undefined });
    fc.assert(
      fc.property(
        id,
        endpoint,
        optional,
        optional,
        fc.boolean(),
        (transactionId, mapped, responseOrigin, otherAddress, fingerprint) => {
          const bytes = encodeBindingSuccess({ transactionId, mapped, responseOrigin, otherAddress, fingerprint });
          const value = { kind: "binding-success", transactionId, mapped, responseOrigin, otherAddress };
          expect(decodeStun(bytes)).toEqual({ ok: true, value });
        },
      ),
    );
    const flags = fc.option(fc.record({ address: fc.boolean(), port: fc.boolean() }), { nil: undefined });
    fc.assert(
      fc.property(
        id,
        flags,
        fc.integer({ min: 0, max: 200 }),
        fc.boolean(),
        (transactionId, changeRequest, paddingBytes, fingerprint) => {
          const bytes = encodeBindingRequest({ transactionId, changeRequest, paddingBytes, fingerprint });
          const value = {
            kind: "binding-request",
            transactionId,
            changeRequest,
            unknownAttributes: [],
            hasFingerprint: fingerprint,
          };
          expect(decodeStun(bytes)).toEqual({ ok: true, value });
        },
      ),
    );
    fc.assert(
      fc.property(
        id,
        fc.integer({ min: 300, max: 699 }),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }),
        (transactionId, code, unknownAttributes) => {
          const bytes = encodeBindingError({ transactionId, code, unknownAttributes });
          expect(decodeStun(bytes)).toEqual({
            ok: true,
            value: { kind: "binding-error", transactionId, code, unknownAttributes },
          });
        },
      ),
    );
  });

  test.each([
    ["nothing", "", "not-stun"],
    ["a WireGuard initiation", `01000000 ${"00".repeat(144)}`, "not-stun"],
    ["another cookie", `00010000 2112a443 01020304 05060708 090a0b0c`, "not-stun"],
    ["a length that is not the datagram's", `00010004 ${HEADER}`, "not-stun"],
    ["bytes after the message", `00010000 ${HEADER} 00000000`, "not-stun"],
    ["a length that is no multiple of four", `00010002 ${HEADER} 0000`, "not-stun"],
    ["an attribute beyond the end", `00010004 ${HEADER} 00260004`, "malformed"],
    ["an attribute whose padding is beyond the end", `00010004 ${HEADER} 00260001`, "malformed"],
    ["a RESPONSE-PORT of 0", `00010008 ${HEADER} 00270004 00000000`, "malformed"],
    ["a short RESPONSE-PORT", `00010008 ${HEADER} 00270002 12340000`, "malformed"],
    ["a short CHANGE-REQUEST", `00010008 ${HEADER} 00030002 00060000`, "malformed"],
    ["a success response without an address", `01010000 ${HEADER}`, "malformed"],
    // NATs rewrite the plain form: believing it would hand out private addresses as public ones.
    ["a success response with MAPPED-ADDRESS alone", `0101000c ${HEADER} 00010008 00019cb0 cb007107`, "malformed"],
    ["an unknown address family", `0101000c ${HEADER} 00200008 0003bda2 ea12d545`, "malformed"],
    ["an IPv6 family with four bytes", `0101000c ${HEADER} 00200008 0002bda2 ea12d545`, "malformed"],
    [
      "a success response that must not be understood without more",
      `01010010 ${HEADER} 7abc0000 00200008 0001bda2 ea12d545`,
      "unknown-attribute",
    ],
    ["an error response without a code", `01110000 ${HEADER}`, "malformed"],
    ["an error code of class 7", `01110008 ${HEADER} 00090004 00000700`, "malformed"],
    ["an indication that must not be understood without more", `00110004 ${HEADER} 7abc0000`, "unknown-attribute"],
    ["an Allocate request, which is TURN's", `00030000 ${HEADER}`, "unsupported"],
    ["a fingerprint before the end", `0001000c ${HEADER} 80280004 00000000 fff00000`, "bad-fingerprint"],
    ["more attributes than anyone sends", `000100a0 ${HEADER} ${"fff00000".repeat(40)}`, "malformed"],
  ])("rejects %s", (_, hex, error) => {
    expect(decodeStun(fromHex(hex))).toEqual({ ok: false, error });
  });

  test("reads an indication", () => {
    const value = { kind: "binding-indication", transactionId };
    expect(decodeStun(encodeBindingIndication(transactionId))).toEqual({ ok: true, value });
  });

  test("reports each comprehension-required attribute that it does not know, once, and skips the optional ones", () => {
    const bytes = fromHex(`00010010 ${HEADER} 00240000 7fff0000 00240000 c0570000`);
    expect(decodeStun(bytes)).toMatchObject({ ok: true, value: { unknownAttributes: [0x0024, 0x7fff] } });
  });

  test("takes the first of two equal attributes, as RFC 8489 §14 has it", () => {
    const bytes = fromHex(`01010018 ${HEADER} 00200008 0001bda2 ea12d545 00200008 0001bda2 00000000`);
    expect(decodeStun(bytes)).toMatchObject({ ok: true, value: { mapped: V4 } });
  });

  test("rejects every truncation of a valid message, without throwing", () => {
    for (const whole of [
      encodeBindingRequest({ transactionId, changeRequest: { address: true, port: false }, paddingBytes: 5 }),
      encodeBindingSuccess({ transactionId, mapped: V6, responseOrigin: V4, otherAddress: V6, fingerprint: true }),
      encodeBindingError({ transactionId, code: 420, unknownAttributes: [1] }),
    ]) {
      for (let length = 0; length < whole.length; length++) {
        expect(decodeStun(whole.subarray(0, length)).ok, `${length} bytes`).toBe(false);
      }
    }
  });

  // Sockets hand out the same buffer again for the next datagram.
  test("keeps its fields when the receive buffer is reused", () => {
    const buffer = encodeBindingSuccess({ transactionId, mapped: V4 });
    const decoded = decodeStun(buffer);
    buffer.fill(0);
    expect(decoded).toMatchObject({ ok: true, value: { transactionId, mapped: V4 } });
  });

  test("never throws, on arbitrary bytes or on arbitrary attributes behind a sound header", () => {
    const body = fc.uint8Array({ maxLength: 120 }).map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 4)));
    const type = fc.constantFrom(0x0001, 0x0101, 0x0111, 0x0011, 0x0003);
    const message = fc.tuple(type, body).map(([type, attributes]) => {
      const head = fromHex(
        `${type.toString(16).padStart(4, "0")}${attributes.length.toString(16).padStart(4, "0")} ${HEADER}`,
      );
      return Uint8Array.of(...head, ...attributes);
    });
    const mutated = fc.tuple(fc.nat(91), fc.nat(255)).map(([index, value]) => {
      const bytes = encodeBindingSuccess({ transactionId, mapped: V6, responseOrigin: V6, otherAddress: V6 });
      bytes[index] = value;
      return bytes;
    });
    const anything = fc.oneof(fc.uint8Array({ maxLength: 120 }), message, mutated);
    fc.assert(
      fc.property(anything, (bytes) => void decodeStun(bytes)),
      { numRuns: 2_000 },
    );
  });
});

describe("demultiplexing", () => {
  test("knows STUN from what else arrives on the socket", () => {
    expect(isStun(encodeBindingRequest({ transactionId }))).toBe(true);
    expect(isStun(encodeBindingError({ transactionId, code: 400 }))).toBe(true);
    for (const type of [1, 2, 3, 4]) {
      const wireguard = new Uint8Array(148).fill(0x55);
      wireguard.set([type, 0, 0, 0]);
      expect(isStun(wireguard), `WireGuard type ${type}`).toBe(false);
    }
  });

  test("reads a view into a larger buffer", () => {
    const framed = Uint8Array.of(9, 9, 9, ...encodeBindingRequest({ transactionId }), 9);
    expect(isStun(framed.subarray(3, -1))).toBe(true);
    expect(decodeStun(framed.subarray(3, -1)).ok).toBe(true);
  });
});

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  const digits = hex.replaceAll(" ", "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}
