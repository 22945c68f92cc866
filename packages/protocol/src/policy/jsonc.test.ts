import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_DOCUMENT_LENGTH, parseJsonc } from "./jsonc.ts";

const valueOf = (text: string) => {
  const parsed = parseJsonc(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value.value;
};
const faultOf = (text: string) => {
  const parsed = parseJsonc(text);
  return parsed.ok ? undefined : `${parsed.error.line}:${parsed.error.column} ${parsed.error.message}`;
};

describe("JSON with comments", () => {
  test("reads comments and trailing commas", () => {
    const text = '// one\n{ /* two */ "a": [1, 2,], "b": { "c": null, }, } // three';
    expect(valueOf(text)).toEqual({ a: [1, 2], b: { c: null } });
  });

  test("reads whatever JSON.stringify writes as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(valueOf(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  // A lenient reader and a strict one would disagree on what a document allows.
  test.each([
    ["nothing", ""],
    ["a comma alone", "[,]"],
    ["two commas", "[1,,]"],
    ["no comma", "[1 2]"],
    ["a key without quotes", "{a: 1}"],
    ["single quotes", "['a']"],
    ["a second document", "{} {}"],
    ["a plus sign", "[+1]"],
    ["a leading zero", "[01]"],
    ["hexadecimal", "[0x10]"],
    ["NaN", "[NaN]"],
    ["an open comment", "{} /* "],
    ["an open string", '["a'],
    ["a line break in a string", '["a\nb"]'],
    ["an unknown escape", '["\\x41"]'],
    ["half a unicode escape", '["\\u00"]'],
    ["an open object", '{"a": 1'],
    ["a word that follows a number", "[1a]"],
  ])("refuses %s", (_, text) => {
    expect(parseJsonc(text).ok).toBe(false);
  });

  test("refuses a key that is there twice, and says where", () => {
    expect(faultOf('{\n  "a": 1,\n  "a": 2\n}')).toBe('3:3 the key "a" is there twice');
  });

  test("bounds depth and length", () => {
    expect(parseJsonc("[".repeat(100_000))).toMatchObject({ ok: false });
    expect(faultOf("[".repeat(17) + "]".repeat(17))).toMatch(/nested deeper/);
    expect(parseJsonc(" ".repeat(MAX_DOCUMENT_LENGTH + 1))).toMatchObject({ ok: false });
  });

  test("a key called __proto__ changes no prototype", () => {
    const value = valueOf('{ "__proto__": { "polluted": true } }');
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("knows where a value stands, or the nearest one above it", () => {
    const parsed = parseJsonc('{ "a": [10, 20] }');
    if (!parsed.ok) throw new Error(parsed.error.message);
    expect(parsed.value.offsetAt(["a", 1])).toBe(12);
    expect(parsed.value.offsetAt(["a", 7, "b"])).toBe(7);
    expect(parsed.value.offsetAt(["x"])).toBe(0);
  });

  test("never throws on arbitrary text", () => {
    const alphabet = '{}[]",:/*\\ \n0123456789truefalsn-.eE'.split("");
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 60 }), (text) => void parseJsonc(text)),
      {
        numRuns: 2_000,
      },
    );
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void parseJsonc(text)));
  });
});
