import type { Endpoint } from "@pinhole/protocol";
import {
  type ChangeRequest,
  decodeStun,
  encodeBindingError,
  encodeBindingRequest,
  encodeBindingSuccess,
  FULL_RESPONSE_BYTES,
  paddingFor,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
} from "@pinhole/protocol/stun";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerDatagram, type ListeningSocket } from "./answer.ts";

const transactionId = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const SOURCE: Endpoint = { address: "198.51.100.9", port: 4242 };
const SELF: Endpoint = { address: "203.0.113.1", port: 3478 };
const OTHER: Endpoint = { address: "203.0.113.2", port: 3479 };
const ONE: ListeningSocket = { self: SELF, other: undefined };
const TWO: ListeningSocket = { self: SELF, other: OTHER };
const PROOF = new Uint8Array(16).fill(0xa5);
const PROVING_ONE: ListeningSocket = { ...ONE, prove: () => PROOF };
const PROVING: ListeningSocket = { ...TWO, prove: () => PROOF };

const BOTH: ChangeRequest = { address: true, port: true };

describe("an answer", () => {
  test.each([
    ["one address", ONE],
    ["two addresses", TWO],
  ])("to a plain request, with %s, is the source and nothing else", (_, socket) => {
    const answer = answerDatagram(padded(PLAIN_RESPONSE_BYTES[4]), SOURCE, socket);
    expect(answer).toEqual({ from: SELF, to: SOURCE, bytes: encodeBindingSuccess({ transactionId, mapped: SOURCE }) });
  });

  test("to a padded request names both addresses of the server", () => {
    const request = encodeBindingRequest({ transactionId, paddingBytes: paddingFor(FULL_RESPONSE_BYTES[4]) });
    expect(decode(answerDatagram(request, SOURCE, TWO)?.bytes)).toMatchObject({
      mapped: SOURCE,
      responseOrigin: SELF,
      otherAddress: OTHER,
    });
  });

  test.each([
    [{ address: false, port: false }, SELF],
    [
      { address: false, port: true },
      { address: SELF.address, port: OTHER.port },
    ],
    [
      { address: true, port: false },
      { address: OTHER.address, port: SELF.port },
    ],
    [BOTH, OTHER],
  ])("to CHANGE-REQUEST %j comes from %j", (changeRequest, from) => {
    const paddingBytes = paddingFor(FULL_RESPONSE_BYTES[4], changeRequest);
    const answer = answerDatagram(encodeBindingRequest({ transactionId, changeRequest, paddingBytes }), SOURCE, TWO);
    expect(answer?.from).toEqual(from);
    expect(decode(answer?.bytes)).toMatchObject({ kind: "binding-success", responseOrigin: from, otherAddress: OTHER });
  });

  test.each([
    ["one address", ONE],
    ["two addresses", PROVING],
  ])("to RESPONSE-PORT, with %s, goes to that port of the source and nowhere else", (_, socket) => {
    const paddingBytes = paddingFor(PLAIN_RESPONSE_BYTES[4], undefined, 4_660);
    const request = encodeBindingRequest({ transactionId, responsePort: 4_660, paddingBytes });
    const answer = answerDatagram(request, SOURCE, socket);
    expect(answer).toMatchObject({ from: SELF, to: { address: SOURCE.address, port: 4_660 } });
    expect(answer?.bytes.length).toBeLessThanOrEqual(request.length);
    expect(decode(answer?.bytes)).toMatchObject({ kind: "binding-success", mapped: SOURCE });
  });

  test.each([{ changeRequest: BOTH, paddingBytes: 100 }, {}])(
    "to RESPONSE-PORT with %j is error 400, to where it was asked from",
    (more) => {
      const request = encodeBindingRequest({ transactionId, responsePort: 4_660, ...more });
      const answer = answerDatagram(request, SOURCE, TWO);
      expect(answer).toMatchObject({ from: SELF, to: SOURCE });
      expect(answer?.bytes.length).toBeLessThanOrEqual(request.length);
      expect(decode(answer?.bytes)).toMatchObject({ kind: "binding-error", code: 400 });
    },
  );

  // Silence would be taken for a filtering NAT.
  test("to an unpadded CHANGE-REQUEST is error 400, from where it was asked", () => {
    const request = encodeBindingRequest({ transactionId, changeRequest: BOTH });
    const answer = answerDatagram(request, SOURCE, TWO);
    expect(answer?.from).toEqual(SELF);
    expect(decode(answer?.bytes)).toMatchObject({ kind: "binding-error", code: 400 });
    expect(answer?.bytes.length).toBeLessThanOrEqual(request.length);
  });

  test("to CHANGE-REQUEST without a second address is error 420, naming it", () => {
    const request = encodeBindingRequest({ transactionId, changeRequest: BOTH, paddingBytes: 16 });
    expect(decode(answerDatagram(request, SOURCE, ONE)?.bytes)).toMatchObject({
      code: 420,
      unknownAttributes: [0x0003],
    });
  });

  test("to an attribute that must be understood is error 420, naming it", () => {
    const filler = [0xff, 0xf0, 0, 12, ...new Uint8Array(12)];
    const request = Uint8Array.of(0, 1, 0, 20, 0x21, 0x12, 0xa4, 0x42, ...transactionId, 0x00, 0x24, 0, 0, ...filler);
    expect(decode(answerDatagram(request, SOURCE, TWO)?.bytes)).toMatchObject({
      code: 420,
      unknownAttributes: [0x0024],
    });
  });

  test("proves the source in requests that have room for it, and in no others", () => {
    const [plain, full] = [PLAIN_RESPONSE_BYTES[4], FULL_RESPONSE_BYTES[4]];
    for (const socket of [PROVING, PROVING_ONE]) {
      for (const size of [plain, plain + PROOF_ATTRIBUTE_BYTES, full, full + PROOF_ATTRIBUTE_BYTES, 400]) {
        const request = padded(size);
        const { bytes } = answerDatagram(request, SOURCE, socket)!;
        const answer = decode(bytes);
        if (size >= plain + PROOF_ATTRIBUTE_BYTES && size !== full)
          expect(answer).toMatchObject({ mapped: SOURCE, proof: PROOF });
        if (size <= plain) expect(answer).toMatchObject({ mapped: SOURCE, proof: undefined });
        expect(bytes.length).toBeLessThanOrEqual(request.length);
      }
    }
  });

  test("has a fingerprint where the request has one", () => {
    const answer = answerDatagram(
      encodeBindingRequest({ transactionId, fingerprint: true, paddingBytes: 8 }),
      SOURCE,
      ONE,
    );
    expect(answer?.bytes).toEqual(encodeBindingSuccess({ transactionId, mapped: SOURCE, fingerprint: true }));
  });

  test.each([
    ["a success response", encodeBindingSuccess({ transactionId, mapped: SOURCE })],
    ["an error response", encodeBindingError({ transactionId, code: 400 })],
    ["a bare request, which any answer would outgrow", encodeBindingRequest({ transactionId })],
    ["noise", new Uint8Array(40)],
    ["nothing", new Uint8Array(0)],
  ])("is not given to %s", (_, datagram) => {
    expect(answerDatagram(datagram, SOURCE, TWO)).toBeUndefined();
  });

  test("never outgrows its request", () => {
    const source = fc.constantFrom(SOURCE, { address: "2001:db8::9", port: 4242 });
    const attribute = fc.record({
      type: fc.oneof(fc.constantFrom(0x0003, 0x0026, 0x0006, 0x8022, 0xfff0), fc.integer({ min: 0, max: 0xffff })),
      value: fc.oneof(
        fc.constantFrom(0, 2, 4, 6).map((flags) => Uint8Array.of(0, 0, 0, flags)),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 4))),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(attribute, { maxLength: 6 }),
        source,
        fc.constantFrom(ONE, TWO, PROVING, PROVING_ONE),
        (attributes, from, socket) => {
          const body = attributes.flatMap(({ type, value }) => [type >> 8, type & 0xff, 0, value.length, ...value]);
          const request = Uint8Array.of(
            0,
            1,
            body.length >> 8,
            body.length & 0xff,
            0x21,
            0x12,
            0xa4,
            0x42,
            ...transactionId,
            ...body,
          );
          const answer = answerDatagram(request, from, socket);
          if (answer !== undefined) expect(answer.bytes.length).toBeLessThanOrEqual(request.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function decode(bytes: Uint8Array | undefined) {
  const decoded = decodeStun(bytes!);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}

function padded(size: number): Uint8Array {
  return encodeBindingRequest({ transactionId, paddingBytes: paddingFor(size) });
}
