import { expect, test } from "vitest";
import { guardRules } from "./overlay-guard.ts";

test("the guard drops overlay sources and our own overlay addresses on every other interface", () => {
  const rules = guardRules("pinhole0", {
    addresses: ["100.90.16.1", "fd12::1"],
    ranges: ["100.90.16.0/20", "fd12::/48"],
  });
  expect(rules.split("\n").filter((line) => line.includes("drop"))).toEqual([
    '    iifname != { "lo", "pinhole0" } ip saddr { 100.90.16.0/20 } drop',
    '    iifname != { "lo", "pinhole0" } ip daddr { 100.90.16.1 } drop',
    '    iifname != { "lo", "pinhole0" } ip6 saddr { fd12::/48 } drop',
    '    iifname != { "lo", "pinhole0" } ip6 daddr { fd12::1 } drop',
  ]);
});

test("the guard of an earlier run is replaced, not added to", () => {
  expect(guardRules("ph-1", { addresses: [], ranges: [] }).split("\n").slice(0, 3)).toEqual([
    "table inet pinhole_ph_1 {}",
    "delete table inet pinhole_ph_1",
    "table inet pinhole_ph_1 {",
  ]);
});
