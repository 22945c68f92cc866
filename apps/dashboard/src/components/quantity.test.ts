import { expect, test } from "vitest";
import { count, formatBitRate, formatBytes, formatPercent, formatRtt } from "./quantity.ts";

test.each([
  [0.3, "< 1 ms"],
  [4.26, "4.3 ms"],
  [9.96, "10 ms"],
  [12.4, "12 ms"],
])("a round trip of %d ms is %s", (ms, text) => {
  expect(formatRtt(ms)).toBe(text);
});

test.each([
  [0, "0 bit/s"],
  [999, "999 bit/s"],
  [1_400_000_000, "1.4 Gbit/s"],
  [45_000, "45 kbit/s"],
])("%d bits a second are %s", (rate, text) => {
  expect(formatBitRate(rate)).toBe(text);
});

test("bytes count in steps of 1,024", () => {
  expect(formatBytes(1_023)).toBe("1023 B");
  expect(formatBytes(1_536)).toBe("1.5 KiB");
  expect(formatBytes(90 * 1_024 * 1_024)).toBe("90 MiB");
});

test("a small share is not shown as none", () => {
  expect(formatPercent(0)).toBe("0 %");
  expect(formatPercent(0.004)).toBe("< 1 %");
  expect(formatPercent(0.92)).toBe("92 %");
});

test("one is singular, none is plural", () => {
  expect([count(0, "device"), count(1, "device"), count(2, "entry", "entries")]).toEqual([
    "0 devices",
    "1 device",
    "2 entries",
  ]);
});
