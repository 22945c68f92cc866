import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeviceId } from "../ids.ts";
import { compareReach } from "./compare-reach.ts";
import { compilePolicy } from "./compile-policy.ts";
import { type Policy, policySchema } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";

const device = (number: number, tags: readonly string[] = [], user: string | null = null): PolicyDevice => ({
  id: `dev_${number}` as DeviceId,
  addresses: [`100.64.0.${number}`, `fd00::${number.toString(16)}`],
  tags,
  user,
});
const policy = (fields: object): Policy => policySchema.parse(fields);
const EVERYTHING = policy({ grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] });

describe("what a new policy changes", () => {
  test("an empty list of grants takes everything from everybody, and says how much that is", () => {
    const change = compareReach(
      { before: EVERYTHING, after: policy({ grants: [] }) },
      [device(1), device(2), device(3)],
      { at: 0 },
    );
    expect(change).toMatchObject({ pairs: { before: 6, after: 0 }, gained: 0, lost: 6, altered: 0 });
    expect(change.examples).toHaveLength(6);
    expect(change.examples[0]).toMatchObject({ before: "*", after: null });
  });

  test("losses are named first, and services apart from pairs", () => {
    const tags = { tagOwners: { "tag:web": [], "tag:db": [] } };
    const before = policy({
      ...tags,
      grants: [
        { src: ["*"], dst: ["tag:web"], ip: ["tcp:22", "icmp"] },
        { src: ["tag:web"], dst: ["tag:db"], ip: ["*"] },
      ],
    });
    const after = policy({
      ...tags,
      grants: [
        { src: ["*"], dst: ["tag:web"], ip: ["icmp"] },
        { src: ["tag:db"], dst: ["tag:db"], ip: ["*"] },
      ],
    });
    const [web, db, laptop] = [device(1, ["tag:web"]), device(2, ["tag:db"]), device(3)];
    const { examples, ...counts } = compareReach({ before, after }, [web, db, laptop], { at: 0 });
    expect(counts).toEqual({ pairs: { before: 3, after: 2 }, gained: 0, lost: 1, altered: 2, watchedLost: 0 });
    const watchedLost = (...ids: DeviceId[]) =>
      compareReach({ before, after }, [web, db, laptop], { at: 0, watched: new Set(ids) }).watchedLost;
    expect([watchedLost(web.id, laptop.id), watchedLost(db.id)]).toEqual([1, 0]);
    expect(examples[0]).toEqual({ from: web.id, to: db.id, before: "*", after: null });
    expect(examples[1]).toMatchObject({ to: web.id, before: "icmp, tcp:22", after: "icmp" });
  });

  test("is nothing where only words changed", () => {
    const other = policy({ grants: [{ src: ["*", "autogroup:member"], dst: ["*"], ip: ["*", "icmp"] }] });
    expect(compareReach({ before: EVERYTHING, after: other }, [device(1), device(2)], { at: 0 })).toMatchObject({
      lost: 0,
      gained: 0,
      altered: 0,
    });
  });

  test("agrees with the compiled policy on every pair", () => {
    const selector = fc.constantFrom("*", "tag:a", "tag:b", "100.64.0.1", "100.64.0.0/30");
    const grants = fc.array(
      fc.record({
        src: fc.array(selector, { minLength: 1, maxLength: 2 }),
        dst: fc.array(selector, { minLength: 1, maxLength: 2 }),
        ip: fc.constantFrom(["*"], ["tcp:22"], ["icmp"]),
      }),
      { maxLength: 3 },
    );
    const devices = [device(1, ["tag:a"]), device(2, ["tag:b"]), device(3), device(9, ["tag:a", "tag:b"]), device(10)];
    fc.assert(
      fc.property(grants, grants, (was, is) => {
        const [before, after] = [was, is].map((each) =>
          policy({ tagOwners: { "tag:a": [], "tag:b": [] }, grants: each }),
        ) as [Policy, Policy];
        const { pairs } = compareReach({ before, after }, devices, { at: 0 });
        expect([pairs.before, pairs.after]).toEqual([openings(before, devices), openings(after, devices)]);
      }),
      { numRuns: 300 },
    );
  });

  test("a thousand devices and five hundred grants are compared without looking at a million pairs", () => {
    const devices = Array.from({ length: 1_000 }, (_, number) => ({
      ...device(1, [`tag:t${number % 20}`]),
      id: `dev_${number}` as DeviceId,
    }));
    const tagOwners = Object.fromEntries(Array.from({ length: 20 }, (_, tag) => [`tag:t${tag}`, []]));
    const grants = Array.from({ length: 500 }, (_, index) => ({
      src: [`tag:t${index % 20}`],
      dst: [`tag:t${(index * 7) % 20}`],
      ip: ["tcp:443"],
    }));
    const change = compareReach(
      { before: policy({ tagOwners, grants }), after: policy({ tagOwners, grants: [] }) },
      devices,
      { at: 0 },
    );
    expect(change.lost).toBe(change.pairs.before);
    expect(change.examples).toHaveLength(200);
  });
});

/** The slow way: the filter of each device, asked for each other. */
function openings(of: Policy, devices: readonly PolicyDevice[]): number {
  const compiled = compilePolicy(of, devices, 0);
  const prefixes = (each: PolicyDevice) =>
    each.addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32}`);
  const covers = (sources: readonly string[], each: PolicyDevice) =>
    sources.includes("0.0.0.0/0") ||
    prefixes(each).some((prefix) => sources.includes(prefix)) ||
    (sources.includes("100.64.0.0/30") && /^100\.64\.0\.[0-3]$/.test(each.addresses[0] ?? ""));
  return devices.flatMap((to) =>
    devices.filter((from) => from !== to && compiled.filterFor(to.id).some(({ src }) => covers(src, from))),
  ).length;
}
