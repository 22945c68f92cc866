import { expect, test } from "vitest";
import { formatBench, formatBits } from "./format-bench.ts";

test.each([
  [0, "0 bit/s"],
  [999, "999 bit/s"],
  [1_000, "1 kbit/s"],
  [12_345_678, "12.3 Mbit/s"],
  [812_345_678, "812 Mbit/s"],
  [2_900_000_000, "2.9 Gbit/s"],
])("%i bits a second are %s", (bits, text) => {
  expect(formatBits(bits)).toBe(text);
});

const REPORT = {
  peer: "nas",
  address: "100.90.0.2",
  path: "direct",
  rttMs: { min: 1, median: 2.04, max: 30 },
  sendBitsPerSecond: 1e9,
  receiveBitsPerSecond: 5e8,
  seconds: 5,
} as const;

test("a report has four lines", () => {
  expect(formatBench(REPORT)).toEqual([
    "nas (100.90.0.2), direct",
    "  round trip  2.0 ms (1.0 ms to 30 ms)",
    "  send        1 Gbit/s",
    "  receive     500 Mbit/s",
  ]);
  expect(formatBench({ ...REPORT, path: "relay", relay: "fra", rttMs: null }).slice(0, 2)).toEqual([
    "nas (100.90.0.2), over the relay fra",
    "  round trip  no ping was answered",
  ]);
});
