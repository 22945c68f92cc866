import type { NatProfile } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { formatNat } from "./format-nat.ts";

const HARD: NatProfile = {
  udp: "ok",
  mapping: "address-and-port-dependent",
  filtering: "address-dependent",
  portPreserving: false,
  allocation: { kind: "random", first: 20_480, last: 20_991 },
  hairpin: false,
  levels: "carrier-grade",
  publicEndpoints: ["203.0.113.7:20500", "203.0.113.8:20700"],
  confidence: 0.95,
  measuredAt: 1_000_000,
};

test("says all that was measured, how sure that is and how old", () => {
  expect(formatNat(HARD, 1_180_000)).toEqual([
    "NAT mapping: address-and-port-dependent",
    "NAT filtering: address-dependent",
    "Port preserved: no",
    "Next port: any of 20480-20991",
    "Hairpin: no",
    "NATs on the way: a carrier's among them",
    "Public endpoints: 203.0.113.7:20500, 203.0.113.8:20700",
    "Confidence: 95 %, measured 3 min ago",
  ]);
});

test.each([
  [{ kind: "preserving" }, undefined, "the local one"],
  [{ kind: "sequential", step: 2 }, 12.5, "the last one + 2, other flows take 12.5 a second"],
  [{ kind: "sequential", step: -1 }, undefined, "the last one - 1"],
] as const)("the next port of %j, %s: %s", (allocation, arrivalsPerSecond, words) => {
  const profile = { ...HARD, allocation, ...(arrivalsPerSecond === undefined ? {} : { arrivalsPerSecond }) };
  expect(formatNat(profile, HARD.measuredAt)).toContain(`Next port: ${words}`);
});

test("without a NAT there is nothing to say of its ports", () => {
  const { allocation: _, hairpin: __, levels: ___, ...open } = { ...HARD, mapping: "none" as const };
  expect(formatNat(open, HARD.measuredAt).map((line) => line.split(":")[0])).toEqual([
    "NAT mapping",
    "NAT filtering",
    "Port preserved",
    "Public endpoints",
    "Confidence",
  ]);
  expect(formatNat(null, 0)).toEqual(["NAT: not measured"]);
});
