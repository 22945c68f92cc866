import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeviceId } from "../ids.ts";
import { evaluate } from "./compile-filter.ts";
import { type CompiledPolicy, compilePolicy } from "./compile-policy.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { DEFAULT_POLICY } from "./default-policy.ts";
import { filterRuleSchema, PROTOCOL } from "./filter-rule.ts";

const device = (number: number, fields: Partial<PolicyDevice> = {}): PolicyDevice => ({
  id: `dev_${number}`,
  addresses: [`100.64.${number >> 8}.${number & 255}`, `fd00::${number.toString(16)}`],
  tags: [],
  user: null,
  ...fields,
});

const laptop = device(2, { user: "Ann@example.com" });
const phone = device(3, { user: "bob@example.com" });
const web = device(4, { tags: ["tag:web"], user: "ann@example.com" });
const database = device(5, { tags: ["tag:db"] });
const all = [laptop, phone, web, database];

function compile(text: string, devices = all): CompiledPolicy {
  const policy = parsePolicy(text);
  if (!policy.ok) throw new Error(policy.error.message);
  return compilePolicy(policy.value, devices, 0);
}

const NAMES = `"tagOwners": { "tag:web": [], "tag:db": [] }, "groups": { "group:ops": ["ANN@example.com"] }, "hosts": { "dbhost": "100.64.0.5" }`;
const grant = (src: string, dst: string, ip = "*") =>
  `{ ${NAMES}, "grants": [{ "src": ["${src}"], "dst": ["${dst}"], "ip": ["${ip}"] }] }`;

/** Who lets whom in, as `from>to`. */
function openings(
  policy: CompiledPolicy,
  packet = { protocol: PROTOCOL.tcp as number, dstPort: 22 },
  devices = all,
): string[] {
  return devices.flatMap((to) =>
    devices
      .filter((from) => from !== to)
      .filter(
        (from) =>
          evaluate(policy.filterFor(to.id), { src: from.addresses[0]!, dst: to.addresses[0]!, ...packet }).allowed,
      )
      .map((from) => `${from.id}>${to.id}`),
  );
}

// Agents refuse a netmap with a longer rule whole, and would go on with the policy from before.
test("a grant of more services than a rule holds becomes several rules", () => {
  const ports = (first: number) => `"${Array.from({ length: 50 }, (_, at) => first + 2 * at).join(",")}"`;
  const ip = [1000, 2000, 3000].map(ports).join(", ");
  const policy = compile(`{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": [${ip}] }] }`);
  const rules = policy.filterFor(web.id);
  expect(rules.map((rule) => filterRuleSchema.safeParse(rule).success)).toEqual([true, true]);
  const opens = (dstPort: number) => openings(policy, { protocol: PROTOCOL.udp, dstPort }).length > 0;
  expect([1000, 2050, 3098, 3099].map(opens)).toEqual([true, true, true, false]);
});

describe("the default policy", () => {
  test("lets everything through between everybody", () => {
    const policy = compile(DEFAULT_POLICY);
    expect(openings(policy)).toHaveLength(12);
    expect(policy.mayTalk(laptop.id, database.id)).toBe(true);
  });

  // Otherwise each device that comes or goes would send every other one a new filter.
  test("makes a filter that does not name the other devices", () => {
    const few = compile(DEFAULT_POLICY, [laptop, phone]).filterFor(laptop.id);
    expect(compile(DEFAULT_POLICY).filterFor(laptop.id)).toEqual(few);
  });
});

describe("a policy without grants", () => {
  test("denies everything", () => {
    const policy = compile("{}");
    expect(openings(policy)).toEqual([]);
    expect(policy.mayTalk(laptop.id, phone.id)).toBe(false);
  });
});

describe("a grant", () => {
  test.each([
    ["tag:web", "tag:db", ["dev_4>dev_5"]],
    ["ann@example.com", "tag:db", ["dev_2>dev_5"]],
    ["group:ops", "tag:db", ["dev_2>dev_5"]],
    ["autogroup:member", "tag:web", ["dev_2>dev_4", "dev_3>dev_4"]],
    ["tag:web", "dbhost", ["dev_4>dev_5"]],
    ["100.64.0.2/31", "tag:db", ["dev_2>dev_5", "dev_3>dev_5"]],
    ["tag:web", "autogroup:member", ["dev_4>dev_2", "dev_4>dev_3"]],
  ])("from %s to %s opens exactly that", (src, dst, expected) => {
    expect(openings(compile(grant(src, dst))).toSorted()).toEqual(expected);
  });

  test("opens one direction for packets, and both devices know of each other", () => {
    const policy = compile(grant("tag:web", "tag:db"));
    expect([policy.mayTalk(web.id, database.id), policy.mayTalk(database.id, web.id)]).toEqual([true, true]);
    expect([policy.mayTalk(laptop.id, database.id), policy.mayTalk(web.id, web.id)]).toEqual([false, false]);
    expect(policy.filterFor(web.id)).toEqual([]);
  });

  test("of a port opens that port alone", () => {
    const policy = compile(grant("tag:web", "tag:db", "tcp:5432"));
    expect(openings(policy, { protocol: PROTOCOL.tcp, dstPort: 5432 })).toEqual(["dev_4>dev_5"]);
    expect(openings(policy, { protocol: PROTOCOL.tcp, dstPort: 5433 })).toEqual([]);
    expect(openings(policy, { protocol: PROTOCOL.udp, dstPort: 5432 })).toEqual([]);
  });

  // A person keeps what is theirs; a machine with a tag is the team's.
  test("to a person leaves out the machines that the person tagged", () => {
    expect(openings(compile(grant("tag:db", "ann@example.com")))).toEqual(["dev_5>dev_2"]);
  });

  test("of one address of a device opens that address alone", () => {
    const policy = compile(grant("tag:web", "100.64.0.5"));
    const rules = policy.filterFor(database.id);
    expect(evaluate(rules, { src: "100.64.0.4", dst: "100.64.0.5", protocol: 6, dstPort: 1 }).allowed).toBe(true);
    expect(evaluate(rules, { src: "fd00::4", dst: "fd00::5", protocol: 6, dstPort: 1 }).allowed).toBe(false);
  });
});

test("a device that is not there sees nothing and lets nothing in", () => {
  const policy = compile(DEFAULT_POLICY);
  expect(policy.mayTalk(laptop.id, "dev_99" as DeviceId)).toBe(false);
  expect(policy.filterFor("dev_99" as DeviceId)).toEqual([]);
});

test("rules stay within what a netmap may carry, however many sources there are", () => {
  const many = Array.from({ length: 3_000 }, (_, i) => device(i + 10, { tags: ["tag:web"] }));
  const rules = compile(grant("tag:web", "tag:db"), [...many, database]).filterFor(database.id);
  for (const rule of rules) expect(filterRuleSchema.safeParse(rule).success).toBe(true);
  expect(rules.reduce((sum, { src }) => sum + src.length, 0)).toBe(6_000);
});

// What decides who is in the netmap and what decides about packets must not drift apart.
test("whoever may send something is a peer, and a peer may send something in one direction at least", () => {
  const selector = fc.constantFrom(
    "*",
    "tag:web",
    "tag:db",
    "group:ops",
    "ann@example.com",
    "autogroup:member",
    "dbhost",
    "100.64.0.0/30",
  );
  const grants = fc.array(
    fc.record({
      src: fc.array(selector, { minLength: 1, maxLength: 3 }),
      dst: fc.array(selector, { minLength: 1, maxLength: 3 }),
      ip: fc.constant(["*"]),
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(grants, (list) => {
      const policy = compile(`{ ${NAMES}, "grants": ${JSON.stringify(list)} }`);
      const open = new Set([
        ...openings(policy),
        ...all.flatMap((to) =>
          all
            .filter(
              (from) =>
                evaluate(policy.filterFor(to.id), { src: from.addresses[1]!, dst: to.addresses[1]!, protocol: 6 })
                  .allowed,
            )
            .map((from) => `${from.id}>${to.id}`),
        ),
      ]);
      for (const a of all) {
        for (const b of all) {
          if (a === b) continue;
          expect(policy.mayTalk(a.id, b.id)).toBe(open.has(`${a.id}>${b.id}`) || open.has(`${b.id}>${a.id}`));
        }
      }
    }),
  );
});

describe("the ways of a pair", () => {
  const joins = (src: string, dst: string, transport?: string) =>
    `{ "src": ["${src}"], "dst": ["${dst}"], "ip": ["tcp:22"]${transport === undefined ? "" : `, "transport": "${transport}"`} }`;
  const policyOf = (...grants: string[]) => compile(`{ ${NAMES}, "grants": [${grants.join(", ")}] }`);

  test("are free where no grant says anything", () => {
    expect(policyOf(joins("*", "*")).transport(laptop.id, web.id)).toBe("prefer-direct");
  });

  test("are those of the strictest grant that joins the two, whichever way it points and whatever its order", () => {
    const all = joins("*", "*");
    const [direct, relay] = [joins("tag:web", "tag:db", "direct-only"), joins("tag:db", "tag:web", "relay-only")];
    for (const [grants, expected] of [
      [[all, direct], "direct-only"],
      [[direct, all], "direct-only"],
      [[all, relay, direct], "relay-only"],
      [[direct, relay, all], "relay-only"],
    ] as const) {
      const policy = policyOf(...grants);
      expect(policy.transport(web.id, database.id)).toBe(expected);
      expect(policy.transport(database.id, web.id)).toBe(expected);
      expect(policy.transport(laptop.id, web.id)).toBe("prefer-direct");
    }
  });

  test("give nobody access", () => {
    const policy = policyOf(joins("tag:web", "tag:db", "relay-only"));
    expect(policy.mayTalk(laptop.id, web.id)).toBe(false);
    expect(policy.transport(laptop.id, web.id)).toBe("prefer-direct");
  });

  test.each(["relay", "", "RELAY-ONLY", "prefer_direct"])("cannot be called %j", (transport) => {
    expect(parsePolicy(`{ "grants": [${joins("*", "*", transport)}] }`)).toMatchObject({ ok: false });
  });
});

describe("who relays for whom", () => {
  const EVERYBODY = `"grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"] }]`;
  const pairs = (policy: CompiledPolicy): string[] =>
    all.flatMap((relay) =>
      all.filter((device) => policy.mayRelay(relay.id, device.id)).map(({ id }) => `${relay.id}>${id}`),
    );

  test("nobody, unless the policy says so", () => {
    expect(pairs(compile(`{ ${EVERYBODY} }`))).toEqual([]);
    expect(compile(`{ ${EVERYBODY} }`).relays()).toEqual([]);
  });

  test("the devices that it names, for those that it names, and never for themselves", () => {
    const policy = compile(`{ ${NAMES}, ${EVERYBODY}, "relays": [{ "devices": ["tag:web"], "for": ["*"] }] }`);
    expect(pairs(policy)).toEqual([laptop, phone, database].map(({ id }) => `${web.id}>${id}`));
    expect(policy.relays()).toEqual([web.id]);
    const two = `[{ "devices": ["tag:web"], "for": ["tag:db"] }, { "devices": ["group:ops"], "for": ["bob@example.com"] }]`;
    expect(pairs(compile(`{ ${NAMES}, ${EVERYBODY}, "relays": ${two} }`))).toEqual([
      `${laptop.id}>${phone.id}`,
      `${web.id}>${database.id}`,
    ]);
  });

  // Packets would need a direct path between the two, which a pair that may not talk never has.
  test("nobody for a device that it may not talk to", () => {
    const policy = compile(
      `{ ${NAMES}, "grants": [{ "src": ["tag:web"], "dst": ["tag:db"], "ip": ["*"] }], "relays": [{ "devices": ["*"], "for": ["*"] }] }`,
    );
    expect(pairs(policy)).toEqual([`${web.id}>${database.id}`, `${database.id}>${web.id}`]);
  });
});
