import { expect, test } from "vitest";
import { newFractions } from "./fractions.ts";

test("fractions are the bytes that were drawn, one by one, and new ones when those are used up", () => {
  let draws = 0;
  const next = newFractions((length) => Uint8Array.from({ length }, (_, at) => (draws++ === 0 ? 255 : at % 256)));
  const taken = Array.from({ length: 130 }, next);
  expect(draws).toBe(192);
  expect(taken.slice(0, 3)).toEqual([255 / 256, 1 / 256, 2 / 256]);
  expect(taken.slice(63, 66)).toEqual([63 / 256, 0, 1 / 256]);
});
