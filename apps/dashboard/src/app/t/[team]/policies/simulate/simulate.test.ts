import { parsePolicy } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import type { PolicySubject } from "@/trpc/outputs.ts";
import { askAbout, reachOf, testOf } from "./simulate.ts";

const subject = (name: string, number: number, tags: string[] = [], user: string | null = null): PolicySubject => ({
  id: `dev_${number}`,
  name,
  addresses: [`100.64.0.${number}`, `fd00::${number}`],
  tags,
  user,
});
const subjects = [
  subject("laptop", 1, [], "ann@example.com"),
  subject("web", 2, ["tag:web"]),
  subject("db", 3, ["tag:db"]),
];
const parsed = parsePolicy(`{
  "tagOwners": { "tag:web": [], "tag:db": [], "tag:new": [] },
  "hosts": { "printer": "100.64.0.9" },
  "grants": [
    { "src": ["autogroup:member"], "dst": ["tag:web"], "ip": ["tcp:80"] },
    { "src": ["tag:web"], "dst": ["tag:db"], "ip": ["tcp:5432"], "expires": "2026-06-01T12:00:00Z" },
  ],
}`);
if (!parsed.ok) throw new Error(parsed.error.message);
const policy = parsed.value;
const at = Date.parse("2026-06-01T11:00:00Z");
const ask = (from: string, to: string, port: number, when = at) =>
  askAbout(policy, subjects, { from, to, proto: "tcp", port, at: when });

describe("can one reach the other", () => {
  test("by name, by selector and by address", () => {
    for (const from of ["laptop", "ann@example.com", "autogroup:member", "100.64.0.1", " laptop "]) {
      expect(ask(from, "web", 80)).toMatchObject({
        pairs: [{ to: { name: "web" }, answer: { allowed: true, grant: 0 } }],
      });
    }
  });

  test("with what failed in each grant, at the time that was asked for", () => {
    expect(ask("web", "db", 5432)).toMatchObject({ pairs: [{ answer: { allowed: true, grant: 1 } }] });
    expect(ask("web", "db", 5432, at + 3_600_000)).toMatchObject({
      pairs: [{ answer: { allowed: false, failed: ["source", "expires"] } }],
    });
    expect(ask("laptop", "web", 81)).toMatchObject({ pairs: [{ answer: { failed: ["service", "source"] } }] });
  });

  test("for a tag that no device carries yet", () => {
    expect(ask("tag:new", "web", 80)).toMatchObject({
      pairs: [{ from: { id: null, name: "tag:new" }, answer: { allowed: false } }],
    });
  });

  test.each([
    ["nobody", "web", "from"],
    ["laptop", "nobody", "to"],
    ["", "web", "from"],
    ["group:none", "web", "from"],
  ])("is not answered from %j to %j", (from, to, side) => {
    expect(ask(from, to, 80)).toEqual({ kind: "unknown", side });
  });
});

test("what one reaches, and who reaches it", () => {
  const names = (text: string, side: "from" | "to", when = at) =>
    reachOf(policy, subjects, { text, side, at: when })?.map(({ device, grants }) => `${device.name} ${grants.join()}`);
  expect(names("web", "from")).toEqual(["db 1"]);
  expect(names("web", "from", at + 3_600_000)).toEqual([]);
  expect(names("web", "to")).toEqual(["laptop 0"]);
  expect(names("nobody", "to")).toBeUndefined();
});

test("an answer becomes a test, with addresses where a name is no selector", () => {
  const flow = { proto: "tcp", port: 80, at } as const;
  expect(testOf(subjects, { ...flow, from: "laptop", to: "tag:web", allowed: true })).toEqual({
    src: "100.64.0.1",
    accept: ["tag:web:80"],
  });
  expect(testOf(subjects, { ...flow, proto: "icmp", from: "tag:db", to: "fd00::2", allowed: false })).toEqual({
    src: "tag:db",
    proto: "icmp",
    deny: ["fd00::2"],
  });
  expect(testOf(subjects, { ...flow, from: "*", to: "fd00::2", allowed: false })).toEqual({
    src: "*",
    deny: ["[fd00::2]:80"],
  });
});
