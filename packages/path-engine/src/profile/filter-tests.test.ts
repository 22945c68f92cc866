import { expect, test } from "vitest";
import { type FilterTry, judgeFilter, type TryResult } from "./filter-tests.ts";

const BOTH_HEARD = { otherAddress: true, otherPort: true };

test.each([
  ["all arrived", [filterTry("arrived", "arrived"), filterTry("arrived", "arrived")], true, true],
  ["one was lost", [filterTry("silent", "arrived"), filterTry("arrived", "silent")], true, true],
  ["the other port alone", [filterTry("silent", "arrived"), filterTry("silent", "arrived")], false, true],
  ["nothing but the plain answers", [filterTry("silent", "silent"), filterTry("silent", "silent")], false, false],
  [
    "the server has no other address",
    [filterTry("refused", "refused"), filterTry("refused", "refused")],
    undefined,
    undefined,
  ],
  ["nothing was tried", [], undefined, undefined],
] as const)("%s", (_, tries, fromOtherAddressAndPort, fromOtherPort) => {
  expect(judgeFilter(tries, BOTH_HEARD)).toEqual({ fromOtherAddressAndPort, fromOtherPort });
});

// One lost packet, or a line that was down for a moment, must not look like a filter.
test("silence counts only twice, and only where the plain answer came", () => {
  const unplain = { ...filterTry("silent", "silent"), isPlainAnswered: false };
  expect(judgeFilter([filterTry("silent", "silent"), unplain], BOTH_HEARD)).toEqual({
    fromOtherAddressAndPort: undefined,
    fromOtherPort: undefined,
  });
  expect(judgeFilter([filterTry("silent", "silent"), unplain, filterTry("silent", "silent")], BOTH_HEARD)).toEqual({
    fromOtherAddressAndPort: false,
    fromOtherPort: false,
  });
});

test("silence of an address that never answers says nothing of the NAT", () => {
  const tries = [filterTry("silent", "arrived"), filterTry("silent", "arrived")];
  expect(judgeFilter(tries, { otherAddress: false, otherPort: true })).toEqual({
    fromOtherAddressAndPort: undefined,
    fromOtherPort: true,
  });
});

function filterTry(fromOtherAddressAndPort: TryResult, fromOtherPort: TryResult): FilterTry {
  return { isPlainAnswered: true, fromOtherAddressAndPort, fromOtherPort };
}
