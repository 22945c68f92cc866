import { expect, test } from "vitest";
import { safeNext } from "./safe-next.ts";

test("a page of this site is kept, with its query", () => {
  expect(safeNext("/t/acme/devices?status=offline")).toBe("/t/acme/devices?status=offline");
});

test.each([
  undefined,
  "",
  "//evil.example/x",
  "/\\evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "\t//evil.example",
  "/\t/evil.example",
  "/login?next=/login",
  "//",
  // Dots are taken out of a path, and what is left begins like another site's address.
  "/.//evil.example",
  "/t/..//evil.example/x",
  "/./\\evil.example",
])("%j leads home", (next) => {
  expect(safeNext(next)).toBe("/");
});
