import type { NatProfile } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { natKind } from "./nat-kind.ts";

const profile = (fields: Partial<NatProfile>): NatProfile => ({
  udp: "ok",
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  publicEndpoints: [],
  confidence: 1,
  measuredAt: 0,
  ...fields,
});
const HARD = { mapping: "address-and-port-dependent" } as const;

test.each([
  ["unmeasured", null],
  ["unmeasured", profile({ mapping: "unknown" })],
  ["blocked", profile({ udp: "blocked", mapping: "unknown" })],
  ["open", profile({ mapping: "none", filtering: "endpoint-independent" })],
  ["easy-open", profile({ filtering: "endpoint-independent" })],
  ["easy-address", profile({ filtering: "address-dependent" })],
  ["easy-port", profile({})],
  ["counting", profile({ ...HARD, allocation: { kind: "sequential", step: 1 } })],
  ["drawing", profile({ ...HARD, allocation: { kind: "random", first: 1_024, last: 65_535 } })],
  // Every peer sees the local port, whatever the NAT keys its mappings by.
  ["easy-port", profile({ ...HARD, allocation: { kind: "preserving" } })],
] as const)("a NAT is %s", (kind, nat) => {
  expect(natKind(nat)).toBe(kind);
});
