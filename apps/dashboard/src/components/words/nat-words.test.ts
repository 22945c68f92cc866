import type { NatProfile } from "@pinhole/protocol/control";
import { expect, test } from "vitest";
import { confidenceWords, natWords, nextPortWords } from "./nat-words.ts";

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

test.each<[string, Partial<NatProfile>]>([
  ["Unknown", {}],
  ["The device's own", { portPreserving: true }],
  ["The device's own, where it is free", { allocation: { kind: "preserving" }, portPreserving: true }],
  ["Counts up by 1", { allocation: { kind: "sequential", step: 1 }, arrivalsPerSecond: 0.4 }],
  [
    "Counts down by 2; others take 13 a second",
    { allocation: { kind: "sequential", step: -2 }, arrivalsPerSecond: 12.6 },
  ],
  ["Any", { allocation: { kind: "random", first: 1_024, last: 65_535 } }],
  ["Any of 512: 20480 to 20991", { allocation: { kind: "random", first: 20_480, last: 20_991 } }],
])("the next port: %s", (words, fields) => {
  expect(nextPortWords({ ...measured, ...fields })).toBe(words);
});
