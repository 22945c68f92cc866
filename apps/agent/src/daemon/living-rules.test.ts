import type { FilterRule } from "@pinhole/protocol/policy";
import { expect, test } from "vitest";
import { livingRules } from "./living-rules.ts";

const rule = (until?: number): FilterRule => ({
  src: ["0.0.0.0/0"],
  dst: ["100.64.0.1/32"],
  allow: [{ protocol: null }],
  ...(until === undefined ? {} : { until }),
});

test("a rule without an end stays", () => {
  expect(livingRules([rule()], 1_000_000)).toEqual({ rules: [rule()], endsInMs: null });
});

test("a rule is gone at the very moment of its end, and the next end is known", () => {
  const rules = [rule(1_000), rule(5_000), rule()];
  expect(livingRules(rules, 999)).toEqual({ rules, endsInMs: 1 });
  expect(livingRules(rules, 1_000)).toEqual({ rules: [rule(5_000), rule()], endsInMs: 4_000 });
  expect(livingRules(rules, 4_999.4)).toEqual({ rules: [rule(5_000), rule()], endsInMs: 1 });
  expect(livingRules(rules, 9_000)).toEqual({ rules: [rule()], endsInMs: null });
});
