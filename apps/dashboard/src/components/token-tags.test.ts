import { expect, test } from "vitest";
import { parseTags } from "./token-tags.ts";

test("the prefix may be left out, separators are free, doubles are one", () => {
  expect(parseTags("server, tag:berlin  Server\ttag:server")).toEqual(["tag:server", "tag:berlin"]);
  expect(parseTags("  ")).toEqual([]);
});
