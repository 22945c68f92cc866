import fc from "fast-check";
import { expect, test } from "vitest";
import { tokenizeJsonc } from "./tokenize-jsonc.ts";

test("comments and strings are told apart, and neither begins inside the other", () => {
  const kinds = tokenizeJsonc('{ // a "quoted" word\n  "src": ["http://x", "a\\"b"] /* end */ }')
    .filter(({ kind }) => kind !== "other")
    .map(({ kind, text }) => [kind, text]);
  expect(kinds).toEqual([
    ["comment", '// a "quoted" word'],
    ["string", '"src"'],
    ["string", '"http://x"'],
    ["string", '"a\\"b"'],
    ["comment", "/* end */"],
  ]);
});

test("nothing of the document is lost or made up", () => {
  const piece = fc.constantFrom('"', "\\", "/", "//", "/*", "*/", "\n", "a", "{");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const document = pieces.join("");
      expect(
        tokenizeJsonc(document)
          .map(({ text }) => text)
          .join(""),
      ).toBe(document);
    }),
  );
});
