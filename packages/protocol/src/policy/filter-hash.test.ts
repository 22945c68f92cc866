import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { newFilterHash } from "./filter-hash.ts";
import { type FilterRule, filterRuleSchema } from "./filter-rule.ts";

const hash = newFilterHash((text) => createHash("sha256").update(text).digest("base64url"));
const rule: FilterRule = {
  src: ["100.64.0.1/32", "100.64.0.2/32"],
  dst: ["100.64.0.3/32"],
  allow: [{ protocol: 6, ports: [22, 22] }, { protocol: null }],
  until: 5,
};

test("is the same for a filter that went over the wire", () => {
  const arrived = filterRuleSchema.array().parse(JSON.parse(JSON.stringify([rule])));
  expect(hash(arrived)).toBe(hash([rule]));
});

test.each<[string, FilterRule[]]>([
  ["no rule", []],
  ["another source", [{ ...rule, src: ["100.64.0.1/32"] }]],
  ["another destination", [{ ...rule, dst: [] }]],
  ["another port", [{ ...rule, allow: [{ protocol: 6, ports: [22, 23] }, { protocol: null }] }]],
  ["any port", [{ ...rule, allow: [{ protocol: 6 }, { protocol: null }] }]],
  ["another end", [{ ...rule, until: 6 }]],
  ["the rule twice", [rule, rule]],
])("is another one for %s", (_, rules) => {
  expect(hash(rules)).not.toBe(hash([rule]));
});
