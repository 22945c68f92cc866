import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFamily, addressFromBytes, addressToBytes } from "../address.ts";
import { parsePrefix } from "../prefix.ts";
import { toWords } from "./address-words.ts";
import { readPrefix } from "./prefix-words.ts";

function read(text: string, family: 4 | 6) {
  const words = new Uint32Array(6);
  const length = readPrefix(text, family, words, 1);
  return length === undefined ? undefined : { first: [...words.subarray(1, family === 4 ? 2 : 5)], length };
}

/** By bytes and canonical text. */
function reference(text: string, family: 4 | 6) {
  const prefix = parsePrefix(text);
  if (!prefix.ok || addressFamily(prefix.value.address) !== family) return undefined;
  return { first: toWords(addressToBytes(prefix.value.address)), length: prefix.value.length };
}

const FAMILIES = [4, 6] as const;

describe("a prefix is read as parsePrefix reads it", () => {
  test.each([
    "100.90.16.1/32",
    "255.255.255.255/32",
    "0.0.0.0/0",
    "100.90.16.0/20",
    "100.90.16.1/20",
    "100.90.16.1/033",
    "100.90.016.1/32",
    "100.90.256.1/32",
    "100.90.16/32",
    "100.90..1/32",
    "100.90.16.1.1/32",
    "100.90.16.1",
    "/32",
    "fd12::1/128",
    "FD12::00aB/128",
    "::/128",
    "::/0",
    "1::/128",
    "1:2:3:4:5:6:7:8/128",
    "1:2:3:4:5:6:7::/128",
    "::2:3:4:5:6:7:8/128",
    "1:2:3:4::5:6:7:8/128",
    "1:2:3:4:5:6:7:8:9/128",
    "1:2:3:4:5:6:7:8:/128",
    ":1:2:3:4:5:6:7:8/128",
    "1:::2/128",
    "1::2::3/128",
    "fd12::12345/128",
    "fd12::g/128",
    "::ffff:100.90.16.1/32",
    "::ffff:100.90.16.1/128",
    "::ffff:645a:1001/128",
    "::1.2.3.4/128",
    "fd12::/48",
    "fd12::1/48",
    "",
  ])("%s", (text) => {
    for (const family of FAMILIES) expect(read(text, family)).toEqual(reference(text, family));
  });

  test("whatever the text", () => {
    const address = fc
      .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
      .map((bytes) => `${addressFromBytes(bytes)}/${bytes.length * 8}`);
    const noise = fc
      .string({ unit: fc.constantFrom(...Array.from("0123456789af:./")), maxLength: 24 })
      .map((text) => `${text}/32`);
    const spelled = fc
      .array(fc.stringMatching(/^[0-9a-fA-F]{0,5}$/), { minLength: 1, maxLength: 9 })
      .map((groups) => `${groups.join(":")}/128`);
    fc.assert(
      fc.property(fc.oneof(address, noise, spelled), fc.constantFrom(...FAMILIES), (text, family) => {
        expect(read(text, family)).toEqual(reference(text, family));
      }),
      { numRuns: 2_000 },
    );
  });
});
