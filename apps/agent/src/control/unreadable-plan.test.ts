import { expect, test } from "vitest";
import { peerOfUnreadablePlan } from "./unreadable-plan.ts";

const PEER = `dev_${"a".repeat(32)}`;

test("a plan with a stage of a later version says whom it is about", () => {
  const plan = { peerId: PEER, strategy: { stages: [{ kind: "teleport" }], predictedChance: 1 } };
  expect(peerOfUnreadablePlan({ kind: "punch", plan })).toBe(PEER);
});

test.each([
  ["another event", { kind: "delta", plan: { peerId: PEER } }],
  ["a peer that is none", { kind: "punch", plan: { peerId: "dev_1" } }],
  ["no plan", { kind: "punch" }],
  ["nothing at all", null],
])("%s says nothing", (_, event) => {
  expect(peerOfUnreadablePlan(event)).toBeUndefined();
});
