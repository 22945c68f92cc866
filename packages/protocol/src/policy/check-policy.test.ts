import { describe, expect, test } from "vitest";
import { checkPolicy } from "./check-policy.ts";
import type { PolicyDevice } from "./policy-device.ts";

const device = (number: number, fields: Partial<PolicyDevice> = {}): PolicyDevice => ({
  id: `dev_${number}`,
  addresses: [`100.64.0.${number}`, `fd00::${number}`],
  tags: [],
  user: null,
  ...fields,
});
const ann = "ann@example.com";
const devices = [
  device(1, { user: ann }),
  device(2, { user: "bob@example.com" }),
  device(3, { tags: ["tag:web"] }),
  device(4, { tags: ["tag:db"] }),
];
const at = Date.parse("2026-06-01T12:00:00Z");
const NAMES = `"tagOwners": { "tag:web": ["${ann}"], "tag:db": ["${ann}"], "tag:new": ["${ann}"] },
"groups": { "group:ops": ["${ann}"] }, "hosts": { "db": "100.64.0.4", "site": "100.64.0.0/24", "far": "fd00::/64" },`;

function check(sections: string) {
  const checked = checkPolicy(`{ ${NAMES}\n${sections} }`, { devices, members: [ann], at });
  if (!checked.ok) throw new Error(checked.error.message);
  return checked.value;
}
const lint = (...grants: string[]) =>
  check(`"grants": [\n${grants.join(",\n")}\n]`).warnings.map(
    ({ code, line, message }) => `${line - 3} ${code}: ${message}`,
  );
const grant = (src: string, dst: string, rest = `"ip": ["tcp:22"]`) =>
  `{ "src": ["${src}"], "dst": ["${dst}"], ${rest} }`;

describe("what is likely not meant", () => {
  test("is nothing in a policy that says each thing once", () => {
    expect(lint(grant("group:ops", "tag:db"), grant("tag:web", "tag:db", `"ip": ["tcp:5432"]`))).toEqual([]);
  });

  test("an address of nobody, wherever it stands", () => {
    expect(lint(grant("eve@example.com", "tag:db"))).toEqual([
      "1 never-matches: matches nothing: no device is eve@example.com",
      "1 unknown-user: nobody in the team has the address eve@example.com",
    ]);
    const { warnings } = check(`"grants": []`.replace("[]", `[${grant("bob@example.com", "tag:db")}]`));
    expect(warnings).toEqual([]);
  });

  test("a grant that matches no device, or one device and itself", () => {
    expect(lint(grant("tag:new", "tag:db"))).toEqual(["1 never-matches: matches nothing: no device is tag:new"]);
    expect(lint(grant("tag:db", "db"))).toEqual(["1 never-matches: joins one device with itself alone"]);
    expect(lint(grant("site", "far"))).toEqual([
      "1 never-matches: joins IPv4 addresses with IPv6 addresses: no packet does",
    ]);
  });

  test("a grant of which another one says all, whichever comes first", () => {
    const wide = grant("*", "tag:db", `"ip": ["tcp:*"]`);
    const narrow = grant(ann, "db", `"ip": ["tcp:22-23"]`);
    expect(lint(wide, grant("group:ops", "tag:db"))).toEqual(["2 shadowed: adds nothing: grant 1 says all of it"]);
    expect(lint(grant("group:ops", "tag:db"), wide)).toEqual(["1 shadowed: adds nothing: grant 2 says all of it"]);
    expect(lint(grant(ann, "tag:db"), grant("group:ops", "tag:db"))).toEqual([
      "1 shadowed: adds nothing: grant 2 says all of it",
    ]);
    expect(lint(narrow, grant("*", "site", `"ip": ["*"]`))).toEqual([
      "1 shadowed: adds nothing: grant 2 says all of it",
    ]);
    const twice = grant(ann, "tag:db");
    expect(lint(twice, twice)).toEqual(["2 shadowed: adds nothing: grant 1 says all of it"]);
  });

  test("not a grant that is wider in anything: services, time or way", () => {
    const base = grant("*", "tag:db");
    expect(lint(base, grant(ann, "tag:db", `"ip": ["udp:22"]`))).toEqual([]);
    expect(lint(base, grant(ann, "tag:db", `"ip": ["tcp:22"], "transport": "relay-only"`))).toEqual([]);
    expect(lint(grant("*", "tag:db", `"ip": ["*"], "expires": "2026-07-01T00:00:00Z"`), grant(ann, "tag:db"))).toEqual(
      [],
    );
  });

  test("everybody to everything, a tag that nobody owns, a group of nobody, and a grant that has ended", () => {
    expect(lint(grant("*", "*", `"ip": ["*"]`))).toEqual([
      "1 too-wide: lets every device reach every other one on every port",
    ]);
    expect(lint(grant("*", "tag:db", `"ip": ["*"], "expires": "2026-06-01T14:00:00+02:00"`))).toEqual([
      "1 expired: ended at 2026-06-01T14:00:00+02:00: it allows nothing",
    ]);
    const bare = checkPolicy(`{ "tagOwners": { "tag:x": [] }, "groups": { "group:y": [] } }`, {
      devices,
      members: [],
      at,
    });
    expect(bare.ok && bare.value.warnings.map(({ code }) => code)).toEqual(["tag-without-owner", "empty-group"]);
  });
});

describe("the tests of a policy", () => {
  const run = (grants: string[], ...tests: string[]) =>
    check(`"grants": [${grants.join(", ")}],\n"tests": [\n${tests.join(",\n")}\n]`).failures.map(
      ({ line, message }) => `${line - 4} ${message}`,
    );
  const grants = [grant("group:ops", "tag:db"), grant("tag:web", "tag:db", `"ip": ["tcp:5432", "icmp"]`)];

  test("say nothing where they are kept", () => {
    expect(
      run(
        grants,
        `{ "src": "${ann}", "accept": ["tag:db:22", "db:22", "100.64.0.4:22", "[fd00::4]:22"], "deny": ["tag:db:23"] }`,
        `{ "src": "tag:web", "proto": "icmp", "accept": ["tag:db"], "deny": ["${ann}"] }`,
        `{ "src": "*", "deny": ["tag:web:80"] }`,
      ),
    ).toEqual([]);
  });

  test("name the line, and the grant that lets in what must not be", () => {
    expect(
      run(
        grants,
        `{ "src": "tag:web", "accept": ["tag:db:22"] }`,
        `{ "src": "tag:web", "proto": "udp", "accept": ["tag:db:5432"] }`,
        `{ "src": "*",\n"deny": ["tag:db:22"] }`,
      ),
    ).toEqual([
      "1 tag:web cannot reach tag:db:22 over tcp, and must",
      "2 tag:web cannot reach tag:db:5432 over udp, and must",
      "4 * can reach tag:db:22 over tcp, by grant 1, and must not",
    ]);
  });

  test("count a grant that has ended as none", () => {
    const ended = grant(ann, "tag:db", `"ip": ["tcp:22"], "expires": "2026-06-01T11:59:59Z"`);
    expect(run([ended], `{ "src": "${ann}", "accept": ["tag:db:22"] }`)).toHaveLength(1);
  });

  test("mean a tag that no device carries yet, and everybody of a group", () => {
    const toNew = grant("tag:new", "tag:db");
    expect(run([toNew], `{ "src": "tag:new", "accept": ["tag:db:22"], "deny": ["tag:db:23"] }`)).toEqual([]);
    expect(run([toNew], `{ "src": "group:ops", "accept": ["tag:db:22"] }`)).toHaveLength(1);
  });

  test("of five thousand devices are answered at once", () => {
    const many = Array.from({ length: 5_000 }, (_, number) => ({
      ...device(1),
      id: `dev_${number}` as const,
      addresses: [`100.70.${number >> 8}.${number & 255}`],
      tags: [`tag:${"webdb".slice((number % 2) * 3, (number % 2) * 2 + 3)}`],
    }));
    const text = `{ ${NAMES} "grants": [${grants.join(", ")}], "tests": [{ "src": "*", "deny": ["*:9"] }] }`;
    const startedAt = performance.now();
    const checked = checkPolicy(text, { devices: many, members: [], at });
    expect(checked.ok && checked.value.failures).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
