import { expect, test } from "vitest";
import { isFiltered, parseFilter } from "./activity-filter.ts";

test.each([
  ["", {}],
  ["about=devices&days=7&q=nas", { about: "devices", days: 7, search: "nas" }],
  ["about=constructor&days=8&q=%20", {}],
  [`q=${"x".repeat(200)}`, { search: "x".repeat(100) }],
])("%s is %o", (query, filter) => {
  expect(parseFilter(new URLSearchParams(query))).toEqual(filter);
  expect(isFiltered(parseFilter(new URLSearchParams(query)))).toBe(Object.keys(filter).length > 0);
});
