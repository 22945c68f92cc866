import { expect, test } from "vitest";
import { toCsv } from "./csv.ts";

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＠SUM(A1)"])(
  "%j is text to a spreadsheet",
  (text) => {
    expect(toCsv([[text]]).replace(/^"/, "")).toMatch(/^'/);
  },
);

test("quotes, commas and line ends stay inside their cell, and numbers numbers", () => {
  expect(toCsv([["a,b", 'say "x"', "two\nlines", -5, null, undefined, "plain"]])).toBe(
    '"a,b","say ""x""","two\nlines",-5,,,plain',
  );
});
