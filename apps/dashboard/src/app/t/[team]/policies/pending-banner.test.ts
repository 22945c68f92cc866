import { expect, test } from "vitest";
import { leftWords } from "./pending-banner.tsx";

test.each([
  [7_200_000, "2 h left."],
  [3_599_000, "59 min 59 s left."],
  [60_000, "1 min 0 s left."],
  [59_000, "59 s left."],
  [1, "1 s left."],
  [0, "It is being taken back."],
  [-5_000, "It is being taken back."],
])("%d ms: %s", (ms, words) => {
  expect(leftWords(ms)).toBe(words);
});
