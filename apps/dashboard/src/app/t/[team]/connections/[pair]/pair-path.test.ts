import { expect, test } from "vitest";
import { parseAttemptId, parsePair } from "./pair-path.ts";

const A = `dev_${"a".repeat(32)}`;
const B = `dev_${"b".repeat(32)}`;

test("two different devices make a pair", () => {
  expect(parsePair(`${A}..${B}`)).toEqual({ a: A, b: B });
});

test.each([A, `${A}..`, `${A}..${A}`, `${A}..${B}..${A}`, `${A}..dev_1`, "..", ""])("%j names no pair", (segment) => {
  expect(parsePair(segment)).toBeUndefined();
});

test("an attempt's id has its form", () => {
  expect(parseAttemptId(`att_${"0".repeat(32)}`)).toBe(`att_${"0".repeat(32)}`);
  expect(parseAttemptId(["att_0"])).toBeUndefined();
});
