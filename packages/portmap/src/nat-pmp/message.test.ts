import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNatPmpResponse, encodeExternalAddressRequest, encodeMapRequest } from "./message.ts";

test("the bytes of requests", () => {
  expect(toHex(encodeExternalAddressRequest())).toBe("0000");
  expect(toHex(encodeMapRequest(0xa001, 0xa002, 7_200))).toBe("00010000a001a00200001c20");
});

test.each([
  // As miniupnpd 2.3.1 answers.
  ["008000000000001407070707", { opcode: "external-address", result: 0, epochS: 20, externalAddress: "7.7.7.7" }],
  [
    "0081000000000015a001a00100001c20",
    { opcode: "map", result: 0, epochS: 21, internalPort: 0xa001, externalPort: 0xa001, lifetimeS: 7_200 },
  ],
  // An error may end where it has said all.
  ["0080000300000014", { opcode: "external-address", result: 3, epochS: 20, externalAddress: "0.0.0.0" }],
  ["0081000400000014", { opcode: "map", result: 4, epochS: 20, internalPort: 0, externalPort: 0, lifetimeS: 0 }],
])("reads %s", (hex, value) => {
  expect(decodeNatPmpResponse(fromHex(hex))).toEqual({ ok: true, value });
});

test.each([
  ["nothing", "", "malformed"],
  ["a request", "00010000a001a00200001c20", "not-nat-pmp"],
  ["PCP", "028000000000000000000014000000000000000000000000", "not-nat-pmp"],
  ["a mapping of TCP", "0082000000000015a001a00100001c20", "not-nat-pmp"],
  ["a success without its address", "0080000000000014070707", "malformed"],
  ["a success without its lifetime", "0081000000000015a001a001", "malformed"],
])("refuses %s", (_, hex, error) => {
  expect(decodeNatPmpResponse(fromHex(hex))).toEqual({ ok: false, error });
});

test("never throws", () => {
  const behind = fc.tuple(fc.constantFrom(0x80, 0x81), fc.uint8Array({ maxLength: 20 }));
  const bytes = behind.map(([opcode, rest]) => Uint8Array.of(0, opcode, ...rest));
  fc.assert(fc.property(fc.oneof(bytes, fc.uint8Array()), (input) => void decodeNatPmpResponse(input)));
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
