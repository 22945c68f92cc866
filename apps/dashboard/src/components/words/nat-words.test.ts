import type { NatProfile } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { confidenceWords, natWords } from "./nat-words.ts";

const measured: NatProfile = {
  udp: "ok",
  mapping: "endpoint-independent",
  filtering: "endpoint-independent",
  publicEndpoints: [],
  confidence: 1,
  measuredAt: 0,
};

test.each<[string, string, Partial<NatProfile>]>([
  ["open", "Open", { mapping: "none" }],
  ["open", "Firewall only", { mapping: "none", filtering: "address-and-port-dependent" }],
  ["easy", "Easy NAT", {}],
  ["easy", "Easy NAT", { filtering: "address-dependent" }],
  ["hard", "Hard NAT", { mapping: "address-dependent" }],
  ["hard", "Hard NAT", { mapping: "address-and-port-dependent" }],
  ["blocked", "UDP blocked", { udp: "blocked", mapping: "none" }],
  ["unknown", "Unknown", { mapping: "unknown" }],
])("%s: %s", (grade, badge, fields) => {
  expect(natWords({ ...measured, ...fields })).toMatchObject({ grade, badge });
});

test("what nobody measured is not called anything", () => {
  expect(natWords(null)).toMatchObject({ grade: "unknown", badge: "Not measured" });
});

test("measured and inferred are told apart", () => {
  expect([1, 0.9, 0.7, 0.2].map(confidenceWords)).toEqual(["Measured", "Measured", "Likely", "Uncertain"]);
});
