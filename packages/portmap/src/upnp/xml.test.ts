import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childText, elementsNamed, parseXml, type XmlElement } from "./xml.ts";

describe("reading", () => {
  test("knows elements by local name, and their text", () => {
    const root = must(
      '<?xml version="1.0"?>\n<a:root x="1>2" y=\'<\'><!-- <b>no</b> --><b> one </b><c/><a:b>two</a:b></a:root>\n',
    );
    expect(root.name).toBe("root");
    expect(elementsNamed(root, "b").map(({ text }) => text)).toEqual(["one", "two"]);
    expect(childText(root, "c")).toBe("");
    expect(childText(root, "d")).toBeUndefined();
  });

  test("takes text as it is written, entities decoded once", () => {
    expect(must("<a>x &amp;lt; &lt;b&gt; &unknown; & y<![CDATA[<raw>&amp;]]></a>").text).toBe(
      "x &lt; <b> &unknown; & y<raw>&amp;",
    );
  });
});

describe("hostile text", () => {
  test.each([
    ["an entity of its own", '<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>', "has-doctype"],
    ["a document type elsewhere", '<a/><!DOCTYPE a SYSTEM "file:///etc/passwd">', "has-doctype"],
    ["a tag that does not end", "<a><b", "malformed"],
    ["a quote that does not end", '<a x="></a>', "malformed"],
    ["a comment that does not end", "<a><!-- </a>", "malformed"],
    ["elements that overlap", "<a><b></a></b>", "malformed"],
    ["an end without a beginning", "</a>", "malformed"],
    ["two documents", "<a/><b/>", "malformed"],
    ["nothing", "", "malformed"],
    ["a tower", "<a>".repeat(100), "too-deep"],
    ["a crowd", `<a>${"<b/>".repeat(3_000)}</a>`, "too-many"],
    ["a flood", `<a>${"x".repeat(70_000)}</a>`, "too-long"],
  ])("is refused: %s", (_, source, error) => {
    expect(parseXml(source)).toEqual({ ok: false, error });
  });

  test("never throws, and takes no longer than its length allows", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "</",
      "/>",
      "<a>",
      "</a>",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&",
      "&lt;",
      '"',
      "x",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => void parseXml(pieces.join(""))),
      { numRuns: 3_000 },
    );
    for (const each of ["<", '<a x="', "<!--", "&", "<a", "<![CDATA["]) {
      const startedAt = performance.now();
      parseXml(each.repeat(Math.floor(65_536 / each.length)));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
  });
});

function must(source: string): XmlElement {
  const document = parseXml(source);
  if (!document.ok) throw new Error(document.error);
  return document.value;
}
