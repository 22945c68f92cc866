import { expect, test } from "vitest";
import { nextItem } from "./menu-keys.ts";

const items = ["Rename", "Restore", "Revoke device"].map((textContent) => ({ textContent }));
const [rename, restore, revoke] = items;

test.each([
  [undefined, "ArrowDown", rename],
  [rename, "ArrowDown", restore],
  [revoke, "ArrowDown", rename],
  [undefined, "ArrowUp", revoke],
  [rename, "ArrowUp", revoke],
  [revoke, "ArrowUp", restore],
  [restore, "Home", rename],
  [rename, "End", revoke],
  [rename, "r", restore],
  [revoke, "R", rename],
  [rename, "x", undefined],
  [rename, " ", undefined],
  [rename, "Enter", undefined],
])("from %j, %s leads to %j", (current, key, expected) => {
  expect(nextItem(items, current, key)).toBe(expected);
});

test("an empty menu leads nowhere", () => {
  expect(["ArrowDown", "ArrowUp", "Home", "End", "a"].map((key) => nextItem([], undefined, key))).toEqual(
    Array(5).fill(undefined),
  );
});
