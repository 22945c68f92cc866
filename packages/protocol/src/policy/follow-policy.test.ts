// A policy that follows changes of devices is the policy compiled anew, filter by filter.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePolicy } from "./compile-policy.ts";
import { policySchema } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";

const IDS = Array.from({ length: 6 }, (_, number) => `dev_${number}` as const);
const selector = fc.constantFrom(
  "*",
  "tag:a",
  "tag:b",
  "group:g",
  "ann@x.y",
  "autogroup:member",
  "100.64.0.2",
  "100.64.0.0/30",
  "fd00::/64",
);
const sides = {
  src: fc.array(selector, { minLength: 1, maxLength: 2 }),
  dst: fc.array(selector, { minLength: 1, maxLength: 2 }),
};
const policies = fc
  .record({
    grants: fc.array(fc.record({ ...sides, ip: fc.constantFrom(["*"], ["tcp:22"]) }), { maxLength: 5 }),
    relays: fc.array(fc.record({ devices: sides.src, for: sides.dst }), { maxLength: 2 }),
  })
  .map((fields) =>
    policySchema.parse({ ...fields, tagOwners: { "tag:a": [], "tag:b": [] }, groups: { "group:g": ["ANN@x.y"] } }),
  );
const devices = fc.record({
  id: fc.constantFrom(...IDS),
  number: fc.nat(5),
  tags: fc.subarray(["tag:a", "tag:b"]),
  user: fc.constantFrom(null, "Ann@x.y", "bob@x.y"),
});
const steps = fc.array(
  fc.record({
    present: fc.uniqueArray(devices, { selector: ({ id }) => id, maxLength: 3 }),
    gone: fc.subarray(IDS, { maxLength: 2 }),
  }),
  { maxLength: 5 },
);

test("after any changes, every filter and every pair is what a fresh compilation says", () => {
  fc.assert(
    fc.property(policies, steps, (policy, changes) => {
      let followed = compilePolicy(policy, [], 0);
      const held = new Map<string, PolicyDevice>();
      for (const { present: raw, gone: some } of changes) {
        const present = raw.map(toDevice);
        const gone = some.filter((id) => !present.some((each) => each.id === id));
        for (const id of IDS) followed.filterFor(id);
        followed = followed.follow({ present, gone });
        for (const id of gone) held.delete(id);
        for (const each of present) held.set(each.id, each);
      }
      const fresh = compilePolicy(policy, [...held.values()], 0);
      for (const a of IDS) {
        expect(followed.filterFor(a)).toEqual(fresh.filterFor(a));
        for (const b of IDS) {
          expect(followed.mayTalk(a, b)).toBe(fresh.mayTalk(a, b));
          expect(followed.mayRelay(a, b)).toBe(fresh.mayRelay(a, b));
        }
      }
      expect(followed.relays()).toEqual(fresh.relays());
    }),
    { numRuns: 300 },
  );
});

test("a filter that a change does not touch stays the same object", () => {
  const policy = policySchema.parse({
    tagOwners: { "tag:a": [], "tag:b": [] },
    grants: [
      { src: ["tag:a"], dst: ["tag:b"], ip: ["*"] },
      { src: ["tag:b"], dst: ["tag:a"], ip: ["*"] },
    ],
  });
  const [a, b] = [
    toDevice({ id: "dev_0", number: 0, tags: ["tag:a"], user: null }),
    toDevice({ id: "dev_1", number: 1, tags: ["tag:b"], user: null }),
  ];
  const before = compilePolicy(policy, [a, b], 0);
  const [filterA, filterB] = [before.filterFor(a.id), before.filterFor(b.id)];
  const after = before.follow({
    present: [toDevice({ id: "dev_2", number: 2, tags: ["tag:a"], user: null })],
    gone: [],
  });
  expect(after.filterFor(a.id)).toBe(filterA);
  expect(after.filterFor(b.id)).not.toEqual(filterB);
});

function toDevice({
  id,
  number,
  tags,
  user,
}: {
  id: (typeof IDS)[number];
  number: number;
  tags: string[];
  user: string | null;
}): PolicyDevice {
  return { id, addresses: [`100.64.0.${number}`, `fd00::${number}`], tags, user };
}
