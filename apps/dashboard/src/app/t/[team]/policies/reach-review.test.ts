import { expect, test } from "vitest";
import { changeWords } from "./reach-review.tsx";

test.each([
  [{ lost: 1, altered: 0, gained: 0 }, "1 pair loses all access."],
  [{ lost: 12, altered: 1, gained: 3 }, "12 pairs lose all access, 1 changes and 3 gain access."],
  [{ lost: 0, altered: 0, gained: 1 }, "1 gains access."],
])("%j in words", (change, words) => {
  expect(changeWords(change)).toBe(words);
});
