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

// They come from the dashboard, and the script is root's.
test.each(["10.0.0.1 } drop; } }\nflush ruleset\n", "fd12::1 } accept", "eth0", ""])(
  "%j is no address and no range, and is in no rule",
  (text) => {
    const nothing = guardRules("pinhole0", { addresses: [], ranges: [] });
    expect(guardRules("pinhole0", { addresses: [text], ranges: [text, `${text}/20`] })).toBe(nothing);
  },
);

test("a range of everything is left out: the machine would hear nobody any more", () => {
  expect(guardRules("pinhole0", { addresses: [], ranges: ["0.0.0.0/0", "::/0"] })).not.toContain("drop");
});
