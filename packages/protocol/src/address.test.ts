import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFamily, addressFromBytes, addressToBytes, parseAddress } from "./address.ts";

describe("the canonical text of an address", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["0.0.0.0", "0.0.0.0"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["::", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1::", "1::"],
    // RFC 5952 §4.2.3: the longest run, and the first of two equal ones; §4.2.2: a single zero group stays.
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    // What a dual-stack socket calls an IPv4 peer.
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::FFFF:cb00:7107", "203.0.113.7"],
  ])("%s is written %s", (text, canonical) => {
    expect(parseAddress(text)).toEqual({ ok: true, value: canonical });
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.256",
    "1.2.3.4 ",
    "0x7f.0.0.1",
    "1e1.0.0.1",
    "١.2.3.4",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "1::2::3",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "::1.2.3",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::01.2.3.4",
    "[::1]",
    "1".repeat(1000),
  ])("%j is not an address", (text) => {
    expect(parseAddress(text)).toEqual({ ok: false, error: "bad-address" });
  });

  test("survives a trip through bytes, from either direction", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, (original) => {
        const text = addressFromBytes(original);
        expect(parseAddress(text)).toEqual({ ok: true, value: text });
        expect(addressFromBytes(addressToBytes(text))).toBe(text);
      }),
    );
  });

  // Node's parser is an independent reading of the same RFCs, zones aside. Ours may be stricter, never laxer.
  test("accepts nothing that Node's own parser refuses, and all IPv6 text that Node accepts without a zone", () => {
    const piece = fc.constantFrom("0", "1", "ffff", "00ab", "::", ":", ".", "255", "01", "1.2.3.4", "g", "");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect(parseAddress(text).ok).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("never throws on arbitrary text", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseAddress(text)));
  });

  test("has a family", () => {
    expect([addressFamily("192.0.2.1"), addressFamily("::1")]).toEqual([4, 6]);
  });

  test("is demanded by the functions that take one", () => {
    expect(() => addressToBytes("localhost")).toThrow(RangeError);
    expect(() => addressFromBytes(new Uint8Array(5))).toThrow(RangeError);
  });
});
