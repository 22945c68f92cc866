import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyFilterChange, diffFilter, type FilterChange, filterChangeSchema } from "./filter-change.ts";
import { newFilterHash } from "./filter-hash.ts";
import type { FilterRule } from "./filter-rule.ts";

/** A memory of its own each, as on two machines. */
const newHash = () => newFilterHash((text) => createHash("sha256").update(text).digest("base64url"));
const [ours, theirs] = [newHash(), newHash()];

const sources = Array.from({ length: 200 }, (_, at) => `100.64.${at >> 8}.${at & 255}/32`);
const rule = (src: string[], port = 22): FilterRule => ({
  src,
  dst: ["100.64.9.9/32"],
  allow: [{ protocol: 6, ports: [port, port] }],
});
const without = (...places: number[]) => sources.filter((_, at) => !places.includes(at));

test("a change names what is another, and applied it is the filter that it stands for", () => {
  const next = [rule(["fd12::1/128", ...without(50, 51)], 80)];
  const change = diffFilter([rule(sources)], next, ours)!;
  expect(change.rules).toMatchObject([{ of: 0, src: ["fd12::1/128", [0, 50], [52, 148]] }]);
  expect(applyFilterChange([rule(sources)], overTheWire(change), theirs)).toEqual({ ok: true, value: next });
});

test("a rule that comes before the others moves none of their sources", () => {
  const held = [rule(sources, 1), rule(without(7), 2)];
  const change = diffFilter(held, [rule(["10.0.0.0/8"], 3), ...held], ours)!;
  expect(change.rules).toMatchObject([{ src: ["10.0.0.0/8"] }, { of: 0, src: [[0, 200]] }, { of: 1, src: [[0, 199]] }]);
});

test("a list that stays is the same list", () => {
  const held = [rule(sources, 1)];
  const applied = applyFilterChange(held, diffFilter(held, [rule(sources, 2)], ours)!, theirs);
  expect(applied.ok && applied.value[0]?.src).toBe(held[0]?.src);
});

test("where little is spared there is no change, but the filter", () => {
  expect(diffFilter([rule(["10.0.0.1/32"])], [rule(["10.0.0.1/32"], 80)], ours)).toBeUndefined();
  expect(diffFilter([], [rule(sources)], ours)).toBeUndefined();
});

test.each<[string, FilterRule[], (change: FilterChange) => FilterChange]>([
  ["another filter", [rule(without(3))], (change) => change],
  ["no filter", [], (change) => change],
  ["a result that it is not", [rule(sources)], (change) => ({ ...change, to: change.from })],
  ["sources that are not there", [rule(sources)], withSources([150, 51])],
  ["a rule that is not there", [rule(sources)], (change) => ({ ...change, rules: [{ ...change.rules[0]!, of: 9 }] })],
  ["more sources than a rule may have", [rule(sources)], withSources(...Array<[number, number]>(26).fill([0, 200]))],
])("one for %s is refused", (_, held, change) => {
  const genuine = diffFilter([rule(sources)], [rule(sources, 80)], ours)!;
  expect(applyFilterChange(held, change(genuine), theirs)).toEqual({ ok: false, error: "wrong-filter" });
});

test("few bytes that stand for very many sources are refused before there are so many", () => {
  const held = [rule(sources)];
  const genuine = diffFilter(held, [rule(sources, 80)], ours)!;
  const part: [number, number] = [0, 199];
  const rules = Array.from({ length: 3_000 }, () => ({ ...genuine.rules[0]!, src: [part] }));
  const told: string[][] = [];
  const hash = (filter: readonly FilterRule[]): string => {
    told.push(...filter.map(({ src }) => src));
    return ours(filter);
  };
  expect(applyFilterChange(held, { ...genuine, rules }, hash)).toEqual({ ok: false, error: "wrong-filter" });
  expect(told).toEqual([sources]);
});

// Order and repetitions too: the hash is over them.
test("any change of any filter is that filter, or none", () => {
  const source = fc.constantFrom(...sources);
  const list = fc
    .tuple(fc.nat(199), fc.nat(99), fc.array(source, { maxLength: 4 }))
    .map(([from, count, others]) => [...others, ...sources.slice(from, from + count)]);
  const filter = fc.array(
    fc.record<FilterRule>(
      {
        src: list,
        dst: fc.array(source, { maxLength: 1 }),
        allow: fc.array(fc.record({ protocol: fc.constantFrom(6, 17, null) }), { maxLength: 2 }),
        until: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ["src", "dst", "allow"] },
    ),
    { maxLength: 5 },
  );
  let changes = 0;
  fc.assert(
    fc.property(filter, filter, fc.nat(4), (held, other, kept) => {
      // Parts of what was before, as in life.
      const next = [...held.slice(0, kept), ...other];
      const change = diffFilter(held, next, ours);
      if (change === undefined) return;
      changes++;
      const arrived = JSON.parse(JSON.stringify(held)) as FilterRule[];
      expect(applyFilterChange(arrived, overTheWire(change), theirs)).toEqual({ ok: true, value: next });
    }),
    { numRuns: 1_000 },
  );
  expect(changes).toBeGreaterThan(100);
});

function withSources(...src: [number, number][]) {
  return (change: FilterChange) => ({ ...change, rules: [{ ...change.rules[0]!, src }] });
}

const overTheWire = (change: FilterChange): FilterChange =>
  filterChangeSchema.parse(JSON.parse(JSON.stringify(change)));
