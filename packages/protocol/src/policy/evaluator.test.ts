import { describe, expect, test } from "vitest";
import { evaluate } from "./compile-filter.ts";
import { compilePolicy } from "./compile-policy.ts";
import { newEvaluator } from "./evaluator.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyDevice } from "./policy-device.ts";

const ENDS = Date.parse("2026-06-01T12:00:00Z");
const laptop: PolicyDevice = { id: "dev_1", addresses: ["100.64.0.1", "fd00::1"], tags: [], user: "ann@example.com" };
const server: PolicyDevice = { id: "dev_2", addresses: ["100.64.0.2", "fd00::2"], tags: ["tag:web"], user: null };
const policy = read(`{
  "tagOwners": { "tag:web": [], "tag:db": [] },
  "grants": [
    { "src": ["tag:db"], "dst": ["*"], "ip": ["*"] },
    { "src": ["*"], "dst": ["tag:db"], "ip": ["*"] },
    { "src": ["*"], "dst": ["tag:web"], "ip": ["tcp:80"] },
    { "src": ["ann@example.com"], "dst": ["tag:web"], "ip": ["tcp:22"], "expires": "2026-06-01T14:00:00+02:00" },
  ],
}`);
const ask = (dstPort: number, at: number, dst = "100.64.0.2") =>
  newEvaluator(policy).ask({
    src: { address: "100.64.0.1", bearer: laptop },
    dst: { address: dst, bearer: server },
    protocol: 6,
    dstPort,
    at,
  });

describe("an answer", () => {
  test("names the grant that lets the packet in", () => {
    expect(ask(80, 0)).toEqual({ allowed: true, grant: 2 });
    expect(ask(22, ENDS - 1)).toEqual({ allowed: true, grant: 3 });
  });

  test("names the first clause of each grant that failed", () => {
    expect(ask(22, ENDS)).toEqual({ allowed: false, failed: ["source", "destination", "service", "expires"] });
    expect(ask(22, 0, "fd00::2")).toMatchObject({ failed: ["family", "family", "family", "family"] });
  });

  test("says which grants join two, whatever the service, as long as they last", () => {
    const ends = { src: { address: "100.64.0.1", bearer: laptop }, dst: { address: "100.64.0.2", bearer: server } };
    expect(newEvaluator(policy).joining({ ...ends, at: 0 })).toEqual([2, 3]);
    expect(newEvaluator(policy).joining({ ...ends, at: ENDS })).toEqual([2]);
  });
});

describe("a grant that ends", () => {
  const filterAt = (at: number) => compilePolicy(policy, [laptop, server], at).filterFor(server.id);
  const packet = { src: "100.64.0.1", dst: "100.64.0.2", protocol: 6, dstPort: 22 };

  test("is in the filter with its end until then, and not from then on", () => {
    expect(evaluate(filterAt(ENDS - 1), packet).allowed).toBe(true);
    expect(filterAt(ENDS - 1).map(({ until }) => until)).toEqual([undefined, ENDS]);
    expect(evaluate(filterAt(ENDS), packet).allowed).toBe(false);
  });

  test("is why the policy is compiled again at its end", () => {
    expect(compilePolicy(policy, [], ENDS - 1).endsAt).toBe(ENDS);
    expect(compilePolicy(policy, [], ENDS).endsAt).toBeNull();
  });

  test("makes strangers of a pair that only it joined", () => {
    const only = read(`{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"], "expires": "2026-06-01T12:00:00Z" }] }`);
    const knows = (at: number) => compilePolicy(only, [laptop, server], at).mayTalk(laptop.id, server.id);
    expect([knows(ENDS - 1), knows(ENDS)]).toEqual([true, false]);
  });
});

function read(text: string) {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}
