import { expect, test } from "vitest";
import { enclosed } from "./bracket.ts";

const at = (port: number, address = "203.0.113.5") => ({ address, port });

test.each([
  ["one port", at(5_000), at(5_002), 1, [5_001]],
  ["two where a stranger came between", at(5_000), at(5_003), 1, [5_001, 5_002]],
  ["one, of a NAT that counts down by two", at(5_000), at(4_996), -2, [4_998]],
  ["nothing where many came between", at(5_000), at(5_040), 1, []],
  ["nothing where the step does not fit", at(5_000), at(5_003), 2, []],
  ["nothing over the counter's end", at(65_535), at(1_025), 1, []],
  ["nothing across two public addresses", at(5_000), at(5_002, "203.0.113.6"), 1, []],
] as const)("two answers enclose %s", (_, before, after, step, ports) => {
  expect(enclosed(before, after, step).map(({ port }) => port)).toEqual(ports);
});

test("an answer that did not come encloses nothing", () => {
  expect(enclosed(at(5_000), undefined, 1)).toEqual([]);
  expect(enclosed(undefined, at(5_002), 1)).toEqual([]);
});
