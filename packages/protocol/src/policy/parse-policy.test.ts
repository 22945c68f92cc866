import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "./default-policy.ts";
import { parsePolicy } from "./parse-policy.ts";
import { parseServices } from "./service.ts";

const wrap = (grant: string, rest = "") => `{ ${rest} "grants": [${grant}] }`;

describe("a policy document", () => {
  test("of a fresh team parses, and says so in a comment", () => {
    expect(DEFAULT_POLICY).toContain("//");
    expect(parsePolicy(DEFAULT_POLICY)).toMatchObject({
      ok: true,
      value: { grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] },
    });
  });

  test("without grants is one, and denies", () => {
    expect(parsePolicy("{}")).toEqual({
      ok: true,
      value: { groups: {}, tagOwners: {}, hosts: {}, grants: [], relays: [], tests: [] },
    });
  });

  test("takes every kind of selector", () => {
    const text = `{
      "groups": { "group:ops": ["ann@example.com"] },
      "tagOwners": { "tag:web": ["group:ops", "ann@example.com"] },
      "hosts": { "db": "100.64.0.9", "site": "100.64.0.0/24" },
      "grants": [{
        "src": ["*", "tag:web", "group:ops", "ann@example.com", "autogroup:member", "db", "site", "fd00::1", "100.64.0.0/10"],
        "dst": ["tag:web"], "ip": ["*", "icmp", "tcp:22", "udp:53-60", "80,443", "tcp:*"],
      }],
    }`;
    expect(parsePolicy(text).ok).toBe(true);
  });

  test.each([
    ["a selector of nothing", wrap('{ "src": ["tag:"], "dst": ["*"], "ip": ["*"] }'), "grants.0.src.0"],
    ["an undefined group", wrap('{ "src": ["group:ops"], "dst": ["*"], "ip": ["*"] }'), "group:ops is not in groups"],
    ["an undefined tag", wrap('{ "src": ["*"], "dst": ["tag:web"], "ip": ["*"] }'), "tag:web is not in tagOwners"],
    ["an undefined host", wrap('{ "src": ["*"], "dst": ["db"], "ip": ["*"] }'), "db is not in hosts"],
    ["a name from Object.prototype", wrap('{ "src": ["*"], "dst": ["constructor"], "ip": ["*"] }'), "is not in hosts"],
    ["an owner that is no group", wrap("", '"tagOwners": { "tag:web": ["group:x"] },'), "group:x is not in groups"],
    ["host bits in a block", wrap('{ "src": ["100.64.0.1/24"], "dst": ["*"], "ip": ["*"] }'), "grants.0.src.0"],
    ["a relay of nothing", '{ "relays": [{ "devices": ["tag:"], "for": ["*"] }] }', "relays.0.devices.0"],
    [
      "a relay for an undefined tag",
      '{ "relays": [{ "devices": ["*"], "for": ["tag:web"] }] }',
      "tag:web is not in tagOwners",
    ],
    ["a relay for nobody", '{ "relays": [{ "devices": ["*"] }] }', "relays.0.for"],
    ["an empty list", wrap('{ "src": [], "dst": ["*"], "ip": ["*"] }'), "grants.0.src"],
    ["no service", wrap('{ "src": ["*"], "dst": ["*"] }'), "grants.0.ip"],
    ["a slip in a key", wrap('{ "src": ["*"], "dst": ["*"], "ip": ["*"], "prot": 1 }'), "unknown key prot"],
    ["a slip in a section", '{ "grant": [] }', "unknown key grant"],
    ["a day as an end", wrap('{ "src": ["*"], "dst": ["*"], "ip": ["*"], "expires": "2026-12-31" }'), "not a time"],
    ["a test of nothing", '{ "tests": [{ "src": "tag:" }] }', "tests.0.src"],
    ["a test without a port", '{ "tests": [{ "src": "*", "accept": ["*"] }] }', "tests.0.accept.0"],
    [
      "a test with a port for icmp",
      '{ "tests": [{ "src": "*", "proto": "icmp", "deny": ["*:1"] }] }',
      "without a port",
    ],
    [
      "a test of an undefined tag",
      '{ "tests": [{ "src": "*", "deny": ["tag:web:22"] }] }',
      "tag:web is not in tagOwners",
    ],
    ["a list", "[]", ""],
  ])("refuses %s", (_, text, words) => {
    const parsed = parsePolicy(text);
    expect(parsed).toMatchObject({ ok: false });
    expect(!parsed.ok && parsed.error.message).toContain(words);
  });

  test("shows the line of what is wrong", () => {
    const text = '{\n  "grants": [\n    { "src": ["*"], "dst": ["*"], "ip": ["tcp:99999"] }\n  ]\n}';
    expect(parsePolicy(text)).toMatchObject({ ok: false, error: { line: 3, offset: text.indexOf('"tcp:99999"') } });
  });
});

describe("a service", () => {
  test.each([
    ["*", [{ protocol: null }]],
    ["icmp", [{ protocol: 1 }, { protocol: 58 }]],
    ["tcp:22", [{ protocol: 6, ports: [22, 22] }]],
    ["udp:53-60", [{ protocol: 17, ports: [53, 60] }]],
    ["tcp:*", [{ protocol: 6 }]],
    [
      "80,443-445",
      [
        { protocol: 6, ports: [80, 80] },
        { protocol: 6, ports: [443, 445] },
        { protocol: 17, ports: [80, 80] },
        { protocol: 17, ports: [443, 445] },
      ],
    ],
  ])("%s", (text, services) => {
    expect(parseServices(text)).toEqual(services);
  });

  test.each([
    "",
    "tcp",
    "tcp:",
    "tcp:70000",
    "tcp:2-1",
    "tcp:1-2-3",
    "sctp:1",
    "icmp:1",
    "22;23",
    "tcp:022",
    "-1",
    "80,",
    "TCP:22",
    "*,80",
  ])("%j is none", (text) => {
    expect(parseServices(text)).toBeUndefined();
  });
});
