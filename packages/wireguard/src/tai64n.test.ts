import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "./testing.ts";
import { isLater, nextTai64n, tai64n } from "./tai64n.ts";

describe("TAI64N", () => {
  test.each([
    ["1970 began, ten seconds behind TAI", 0, "400000000000000a 00000000"],
    ["a second is a second", 1_000, "400000000000000b 00000000"],
    ["2023-11-14 22:13:20.500 UTC", 1_700_000_000_500, "400000006553f10a 1d000000"],
    ["a clock before 1970 counts as 1970", -5, "400000000000000a 00000000"],
  ])("%s", (_, ms, hex) => {
    expect(toHex(tai64n(ms))).toBe(hex.replace(" ", ""));
  });

  test("shows nothing finer than 16.7 ms", () => {
    expect(tai64n(1_700_000_000_001)).toEqual(tai64n(1_700_000_000_016));
    expect(tai64n(1_700_000_000_001)).not.toEqual(tai64n(1_700_000_000_017));
  });

  test("the next stamp is the clock's when that is later than the last", () => {
    expect(nextTai64n(2_000, tai64n(1_000))).toEqual(tai64n(2_000));
    expect(nextTai64n(2_000, undefined)).toEqual(tai64n(2_000));
  });

  test.each([
    ["one nanosecond later", "400000000000000b 00000000", "400000000000000b 00000001"],
    ["carried into the seconds", "400000000000000b 3b9ac9ff", "400000000000000c 00000000"],
    ["repaired when a store held nonsense", "400000000000000b ffffffff", "400000000000000c 00000000"],
  ])("when the clock stands or steps back it is the last one, %s", (_, last, next) => {
    expect(toHex(nextTai64n(0, fromHex(last)))).toBe(next.replace(" ", ""));
  });

  test("stamps rise strictly whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 2 ** 45 }), { minLength: 2, maxLength: 50 }), (clock) => {
        let last: Uint8Array | undefined;
        for (const ms of clock) {
          const stamp = nextTai64n(ms, last);
          if (last !== undefined) expect(isLater(stamp, last)).toBe(true);
          last = stamp;
        }
      }),
    );
  });

  test("a stamp is not later than itself", () => {
    expect(isLater(tai64n(1_000), tai64n(1_000))).toBe(false);
  });
});
