import { capabilitiesOf } from "@pinhole/protocol/team";
import { pathAttempt } from "@pinhole/drizzle/schema";
import type { PunchPlan } from "@pinhole/protocol/control";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configureTeam } from "../teams/configure-team.ts";
import { has, newReport, newTeam, newTrace, PROFILE, TestServer } from "./testing.ts";

/** Another port for every peer, any of all of them. */
const HARD = {
  ...PROFILE,
  mapping: "address-and-port-dependent",
  allocation: { kind: "random", first: 1_024, last: 65_535 },
} as const;

const STRICT = { ...PROFILE, allocation: { kind: "preserving" } } as const;

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("a punch", () => {
  test("starts at one moment on both sides, after the slower one has heard of it", async () => {
    const { a, b, clientA } = await readyPair({ roundTripA: 20, roundTripB: 80 });
    const asked = Date.now();
    const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await has(a, "punch");
    await has(b, "punch");
    const [forA, forB] = [a.of("punch")[0]!.plan, b.of("punch")[0]!.plan];
    expect(forA).toMatchObject({ attemptId, peerId: b.id, role: "initiator", peerCandidates: newReport().candidates });
    expect(forB).toMatchObject({ attemptId, peerId: a.id, role: "responder", strategy: forA.strategy });
    expect(forA.startAt).toBe(forB.startAt);
    expect(forA.startAt).toBeGreaterThanOrEqual(asked + 50);
    expect(forA.startAt).toBeLessThanOrEqual(Date.now() + 50);
    await expect
      .poll(() => server.db.select().from(pathAttempt).get())
      .toMatchObject({ id: attemptId, initiatorId: a.id, outcome: null });
  });

  test("is one for a pair, whoever asks and however often", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA, clientB } = await readyPair();
    const asked = [
      clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" }),
      clientB.requestPunch.mutate({ peerId: a.id, trigger: "traffic" }),
    ];
    const [one, other] = await Promise.all(asked);
    expect(one).toEqual(other);
    await has(a, "punch");
    await has(b, "punch");
    expect([a.of("punch").length, b.of("punch").length]).toEqual([1, 1]);
  });

  test("is planned anew when a side has moved meanwhile", async () => {
    server.frozenAt = Date.now();
    const { b, clientA } = await readyPair();
    const one = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await clientA.reportCandidates.mutate(newReport({ candidates: [{ kind: "host", endpoint: "10.0.0.9:1000" }] }));
    const other = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "network-change" });
    expect(other).not.toEqual(one);
    await has(b, "punch", 2);
    expect(b.of("punch")[1]!.plan.peerCandidates).toEqual([{ kind: "host", endpoint: "10.0.0.9:1000" }]);
  });

  test("is planned anew for both when a NAT turns out to need more than the plan under way has", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA, clientB } = await readyPair();
    await clientA.reportCandidates.mutate(
      newReport({ natProfile: { ...PROFILE, allocation: { kind: "preserving" } } }),
    );
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await clientB.reportCandidates.mutate(newReport({ natProfile: HARD }));
    await has(a, "punch", 2);
    await has(b, "punch", 2);
    const [first, second] = a.of("punch").map(({ plan }) => plan);
    expect(kindsOf(first!)).not.toContain("birthday");
    expect(kindsOf(second!)).toContain("birthday");
    expect(second!.role).toBe("initiator");
    expect(b.of("punch")[1]!.plan).toMatchObject({ attemptId: second!.attemptId, role: "responder" });

    // Other numbers of the same are no reason to begin again.
    await clientB.reportCandidates.mutate(
      newReport({ natProfile: { ...HARD, allocation: { kind: "random", first: 1_024, last: 32_767 } } }),
    );
    server.skewMs = 60_000;
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await has(a, "punch", 3);
    expect(a.of("punch")).toHaveLength(3);
  });

  test("cannot be asked for again and again by changing candidates", async () => {
    server.frozenAt = Date.now();
    const { b, clientA } = await readyPair();
    const ask = async (i: number) => {
      await clientA.reportCandidates.mutate(
        newReport({ candidates: [{ kind: "host", endpoint: `10.0.0.9:${1_000 + i}` }] }),
      );
      return clientA.requestPunch.mutate({ peerId: b.id, trigger: "network-change" });
    };
    for (let i = 0; i < 5; i++) await ask(i);
    await expect(ask(5)).rejects.toThrow("too-many-requests");
  });

  test("is refused by code", async () => {
    const { a, clientA } = await readyPair();
    const [offline, silent] = [server.newAgent(), server.newAgent()];
    silent.follow();
    await has(silent, "relay-ticket");
    const theirs = server.newAgent({ teamId: newTeam(server.db).id });
    theirs.follow();
    await has(theirs, "relay-ticket");
    const ask = (peerId: typeof a.id) => clientA.requestPunch.mutate({ peerId, trigger: "traffic" });
    await expect(ask(offline.id)).rejects.toThrow("peer-offline");
    await expect(ask(silent.id)).rejects.toThrow("no-candidates");
    await expect(ask(a.id)).rejects.toThrow("peer-not-found");
    // Another team's device is as good as none.
    await expect(ask(theirs.id)).rejects.toThrow("peer-not-found");
    await expect(ask("dev_00000000000000000000000000000000")).rejects.toThrow("peer-not-found");
    expect(theirs.of("punch")).toEqual([]);
  });

  test("sends to many ports only where the team allows it", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA, clientB } = await readyPair();
    await clientA.reportCandidates.mutate(newReport({ natProfile: HARD }));
    await clientB.reportCandidates.mutate(
      newReport({ natProfile: { ...PROFILE, allocation: { kind: "preserving" } } }),
    );
    const stagesOf = async (count: number) => {
      await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
      await has(a, "punch", count);
      return kindsOf(a.of("punch")[count - 1]!.plan);
    };
    expect(await stagesOf(1)).toContain("birthday");
    const actor = {
      kind: "server",
      id: null,
      name: "test",
      address: null,
      teamId: server.team.id,
      role: "owner",
      capabilities: capabilitiesOf("owner"),
      isSteppedUp: true,
    } as const;
    configureTeam(server.db, actor, { maySpray: false }, server.hub.now());
    // Long after the first one was in vain.
    server.skewMs = 180_000;
    expect(await stagesOf(2)).not.toContain("birthday");
    expect(a.of("punch")[1]!.plan.strategy.held).toBeUndefined();
  });

  test("sends to many ports for one pair of a device at a time, and for the next as soon as that has a path", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA, clientB } = await readyPair();
    const c = server.newAgent();
    const clientC = c.follow();
    await has(c, "relay-ticket");
    await clientA.reportCandidates.mutate(newReport({ natProfile: HARD }));
    for (const client of [clientB, clientC]) await client.reportCandidates.mutate(newReport({ natProfile: STRICT }));

    const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await clientC.requestPunch.mutate({ peerId: a.id, trigger: "traffic" });
    await has(c, "punch");
    expect(c.of("punch")[0]!.plan.strategy).toMatchObject({ held: "busy", stages: [{ kind: "simultaneous" }] });

    // When that plan is over, there is nothing left to try but what has to wait.
    server.skewMs = 4_000;
    const again = clientC.requestPunch.mutate({ peerId: a.id, trigger: "traffic" });
    await expect(again).rejects.toThrow("awaiting-turn");
    server.hub.desk.tick();
    expect(c.of("punch")).toHaveLength(1);

    await clientB.reportTrace.mutate({ ...newTrace(attemptId, a), outcome: "direct", rttMs: 12 });
    await has(c, "punch", 2);
    await has(a, "punch", 3);
    const [forC, forA] = [c.of("punch")[1]!.plan, a.of("punch")[2]!.plan];
    expect(kindsOf(forC)).toContain("birthday");
    expect(forA).toMatchObject({ attemptId: forC.attemptId, peerId: c.id, role: "responder" });
  });

  test("lets nobody who asks just then come before a pair that waits", async () => {
    server.frozenAt = Date.now();
    const { b, a, clientA, clientB } = await readyPair();
    const [c, d] = [server.newAgent(), server.newAgent()];
    const [clientC, clientD] = [c.follow(), d.follow()];
    for (const agent of [c, d]) await has(agent, "relay-ticket");
    await clientA.reportCandidates.mutate(newReport({ natProfile: HARD }));
    for (const client of [clientB, clientC, clientD])
      await client.reportCandidates.mutate(newReport({ natProfile: STRICT }));
    await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await clientC.requestPunch.mutate({ peerId: a.id, trigger: "traffic" });

    // The first spray is over, and nobody has looked since.
    server.skewMs = 20_000;
    await clientD.requestPunch.mutate({ peerId: a.id, trigger: "traffic" });
    await has(c, "punch", 2);
    await has(d, "punch");
    expect(kindsOf(c.of("punch")[1]!.plan)).toContain("birthday");
    expect(d.of("punch")[0]!.plan.strategy.held).toBe("busy");
  });

  test("sends to many ports again a minute after that was in vain, without being asked", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA, clientB } = await readyPair();
    await clientA.reportCandidates.mutate(newReport({ natProfile: HARD }));
    await clientB.reportCandidates.mutate(newReport({ natProfile: STRICT }));
    const ask = () => clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await ask();
    server.skewMs = 20_000;
    await ask();
    await has(a, "punch", 2);
    expect(a.of("punch")[1]!.plan.strategy.held).toBe("resting");
    server.skewMs = 50_000;
    server.hub.desk.tick();
    server.skewMs = 80_000;
    server.hub.desk.tick();
    await has(a, "punch", 3);
    expect(kindsOf(a.of("punch")[2]!.plan)).toContain("birthday");
  });

  test("after a failure differs from the one before", async () => {
    server.frozenAt = Date.now();
    const { a, b, clientA } = await readyPair();
    const strategies = [];
    for (const failures of [0, 1, 2]) {
      await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic", failures });
      await has(a, "punch", failures + 1);
      strategies.push(JSON.stringify(a.of("punch")[failures]!.plan.strategy));
      server.skewMs += 60_000;
    }
    expect(new Set(strategies).size).toBe(3);
  });

  test("that policy forbids does not find the peer", async () => {
    const { b, clientA } = await readyPair();
    server.savePolicy(2, "{}");
    await expect(clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" })).rejects.toThrow("peer-not-found");
  });

  test("leaves both sides' traces, and is direct as soon as one says so", async () => {
    const { a, b, clientA, clientB } = await readyPair();
    const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    await clientA.reportTrace.mutate({ ...newTrace(attemptId, b), outcome: "direct", rttMs: 12.4 });
    await clientB.reportTrace.mutate({ ...newTrace(attemptId, a), outcome: "no-path" });
    server.hub.writer.flush();
    expect(server.db.select().from(pathAttempt).get()).toMatchObject({
      outcome: "direct",
      rttMs: 12,
      initiatorTrace: { peerId: b.id, outcome: "direct" },
      responderTrace: { peerId: a.id, outcome: "no-path" },
    });
    expect(server.published.filter(({ kind }) => kind === "attempt")).not.toEqual([]);
  });

  test("has no traces of anybody else", async () => {
    const { a, b, clientA } = await readyPair();
    const { attemptId } = await clientA.requestPunch.mutate({ peerId: b.id, trigger: "traffic" });
    const mate = server.newAgent();
    const theirs = server.newAgent({ teamId: newTeam(server.db).id });
    for (const outsider of [mate, theirs]) {
      await expect(outsider.connect().reportTrace.mutate(newTrace(attemptId, a))).rejects.toThrow("attempt-not-found");
    }
    await expect(clientA.reportTrace.mutate(newTrace(attemptId, mate))).rejects.toThrow("attempt-not-found");
    server.hub.writer.flush();
    expect(server.db.select().from(pathAttempt).get()).toMatchObject({ initiatorTrace: null, responderTrace: null });
  });
});

const kindsOf = ({ strategy }: PunchPlan): string[] => strategy.stages.map(({ kind }) => kind);

async function readyPair({ roundTripA = 40, roundTripB = 40 } = {}) {
  const [a, b] = [server.newAgent(), server.newAgent()];
  const [clientA, clientB] = [a.follow(), b.follow()];
  await has(a, "relay-ticket");
  await has(b, "relay-ticket");
  await clientA.reportCandidates.mutate(newReport({ roundTripMs: roundTripA }));
  await clientB.reportCandidates.mutate(newReport({ roundTripMs: roundTripB }));
  return { a, b, clientA, clientB };
}
