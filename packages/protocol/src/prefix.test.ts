import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFromBytes } from "./address.ts";
import { contains, formatPrefix, overlaps, type Prefix, parsePrefix, prefixOf } from "./prefix.ts";

describe("a prefix as text", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["192.0.2.1/32", "192.0.2.1/32"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["::/0", "::/0"],
    ["fd00::1/128", "fd00::1/128"],
  ])("%s", (text, canonical) => {
    const parsed = parsePrefix(text);
    expect(parsed.ok && formatPrefix(parsed.value)).toBe(canonical);
  });

  test.each([
    ["10.0.0.0", "bad-prefix"],
    ["10.0.0.0/33", "bad-prefix"],
    ["10.0.0.0/08", "bad-prefix"],
    ["10.0.0.0/", "bad-prefix"],
    ["10.0.0.0/8/8", "bad-prefix"],
    ["10.0.0/8", "bad-prefix"],
    ["::/129", "bad-prefix"],
    ["10.0.0.1/8", "host-bits-set"],
    ["2001:db8::1/64", "host-bits-set"],
  ])("%s is refused: %s", (text, error) => {
    expect(parsePrefix(text)).toEqual({ ok: false, error });
  });
});

describe("membership", () => {
  test.each([
    ["100.64.0.0/10", "100.127.255.255", true],
    ["100.64.0.0/10", "100.128.0.0", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "8.8.8.8", false],
    ["2001:db8::/33", "2001:db8:7fff::", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
  ])("%s contains %s: %s", (text, address, expected) => {
    expect(contains(prefix(text), address)).toBe(expected);
  });

  test.each([
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.0.0.0/8", true],
    ["10.1.0.0/16", "10.2.0.0/16", false],
    ["0.0.0.0/0", "::/0", false],
  ])("%s overlaps %s: %s", (a, b, expected) => {
    expect(overlaps(prefix(a), prefix(b))).toBe(expected);
  });

  const address = fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(addressFromBytes);

  test("holds for the address that a prefix was made from, at every length, and agrees with overlap", () => {
    fc.assert(
      fc.property(address, address, fc.nat(128), fc.nat(128), (a, b, m, n) => {
        const within = (text: string, length: number) =>
          prefixOf(text, Math.min(length, text.includes(":") ? 128 : 32));
        const [p, q] = [within(a, m), within(b, n)];
        expect(contains(p, a)).toBe(true);
        expect(parsePrefix(formatPrefix(p))).toEqual({ ok: true, value: p });
        expect(overlaps(p, q)).toBe(overlaps(q, p));
        if (contains(p, b)) expect(overlaps(p, q)).toBe(true);
      }),
    );
  });

  test("is not asked of a length that the family does not have", () => {
    expect(() => prefixOf("192.0.2.1", 33)).toThrow(RangeError);
  });
});

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
