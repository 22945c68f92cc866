import type { AttemptTrace } from "@pinhole/protocol/control";
import { explanationSchema } from "@pinhole/protocol/explain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { has, newReport, newTeam, newTrace, TestServer } from "./testing.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

test("an explanation is made from both sides' records, and seen from the side that asks", async () => {
  const { a, b, clientA, clientB } = await readyPair();
  const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
  const events: AttemptTrace["events"] = [{ atMs: -1, kind: "cancelled" }];
  await clientA.reportTrace.mutate({ ...newTrace(attemptId, b), outcome: "cancelled", events });
  await clientB.reportTrace.mutate(newTrace(attemptId, a));
  server.hub.writer.flush();

  const own = explanationSchema.parse(await clientA.explainPair.query({ peerId: b.id }));
  expect(own.attempts).toMatchObject([{ outcome: "no-path", trigger: "traffic" }]);
  expect(own.events.map(({ side, kind }) => [side, kind])).toEqual([
    ["a", "cancelled"],
    ["b", "started"],
  ]);
  const theirs = explanationSchema.parse(await clientB.explainPair.query({ peerId: a.id }));
  expect(theirs.events[0]).toMatchObject({ side: "b", kind: "cancelled" });
});

test("nobody is told of a peer that it may not see", async () => {
  const { a, b, clientA } = await readyPair();
  const theirs = server.newAgent({ teamId: newTeam(server.db).id });
  for (const peerId of [a.id, theirs.id, "dev_00000000000000000000000000000000"] as const)
    await expect(clientA.explainPair.query({ peerId })).rejects.toThrow("peer-not-found");
  server.savePolicy(2, "{}");
  await expect(clientA.explainPair.query({ peerId: b.id })).rejects.toThrow("peer-not-found");
});

test("of a pair that is kept on the relay, neither is told where the other is", async () => {
  const { a, b, clientA, clientB } = await readyPair();
  const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
  const candidates = [{ kind: "host", endpoint: "10.9.8.7:1000" } as const];
  await clientB.reportCandidates.mutate(newReport({ candidates }));
  await clientB.reportTrace.mutate({ ...newTrace(attemptId, a), candidates });
  server.hub.writer.flush();
  server.savePolicy(2, '{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["*"], "transport": "relay-only" }] }');
  const told = await clientA.explainPair.query({ peerId: b.id });
  expect(told).toMatchObject({ verdict: { code: "forced_relay", measured: true }, events: [] });
  expect(told.sides.b).toEqual({ natProfile: null, clockUncertaintyMs: null });
});

async function readyPair() {
  const [a, b] = [server.newAgent(), server.newAgent()];
  const [clientA, clientB] = [a.follow(), b.follow()];
  await has(a, "relay-ticket");
  await has(b, "relay-ticket");
  await clientA.reportCandidates.mutate(newReport());
  await clientB.reportCandidates.mutate(newReport());
  return { a, b, clientA, clientB };
}
