import { explainPair } from "@pinhole/protocol/explain";
import { expect, test } from "vitest";
import { type Why, whySchema } from "../daemon/local-messages.ts";
import { formatWhy } from "./format-why.ts";

const nat = {
  udp: "ok",
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "random", first: 1_024, last: 65_535 },
  publicEndpoints: ["198.51.100.1:40000"],
  confidence: 0.9,
  measuredAt: 0,
} as const;
const side = (at: number) => ({
  candidates: [],
  natProfile: { ...nat, publicEndpoints: [`198.51.100.${at}:40000`] },
  trace: null,
});
const relayed: Why = {
  peer: { id: "dev_1", name: "nas", online: true },
  path: { kind: "relay", relay: "fra", rttMs: 48, since: "2026-01-02T03:04:05.000Z" },
  records: "both",
  ...explainPair({ a: side(1), b: side(2) }, [
    { at: Date.UTC(2026, 0, 2, 3, 4, 5), outcome: "no-path", rttMs: null, trigger: "traffic" },
  ]),
};

test("the first line is the verdict, the rest is what it rests on", () => {
  const lines = formatWhy(whySchema.parse(relayed));
  expect(lines[0]).toBe("nas is reached through relay fra, 48 ms: both NATs change ports per peer.");
  expect(lines).toContain("  measured  this device's NAT draws a random port for each peer");
  expect(lines).toContain("  Switch on UPnP, NAT-PMP or PCP on nas's router.");
  expect(lines).toContain("  2026-01-02 03:04:05 UTC  no-path  traffic");
  expect(lines.join("\n")).toMatch(/mapping +address-and-port-dependent +address-and-port-dependent/);
});

test("a device that passes packets on is named as one", () => {
  const path = { ...relayed.path, relay: "ray", viaDevice: `dev_${"0a".repeat(16)}` } as const;
  expect(formatWhy(whySchema.parse({ ...relayed, path }))[0]).toBe(
    "nas is reached via device ray, 48 ms: both NATs change ports per peer.",
  );
});

test("what was not measured is called likely", () => {
  const doubtful = { ...relayed, verdict: { ...relayed.verdict, measured: false } };
  expect(formatWhy(doubtful)[0]).toContain("likely because both NATs change ports per peer");
});

test("what nobody knows is not guessed", () => {
  const verdict = { ...relayed.verdict, code: "unknown", measured: false, facts: [], remedies: [] } as const;
  expect(formatWhy({ ...relayed, verdict: { ...verdict, facts: [], remedies: [] } })[0]).toBe(
    "nas is reached through relay fra, 48 ms. Why there is no direct path is not known.",
  );
});

test("of a direct path it says the endpoint, and offers no help", () => {
  const lines = formatWhy({
    ...relayed,
    path: { kind: "direct", endpoint: "203.0.113.7:40112", rttMs: 12, since: relayed.path.since },
  });
  expect(lines[0]).toBe("nas is reached directly at 203.0.113.7:40112, 12 ms.");
  expect(lines).not.toContain("What would help:");
});

test("says so when the peer's record is missing", () => {
  expect(formatWhy({ ...relayed, records: "own" }).at(-1)).toContain("this device's records alone");
});
