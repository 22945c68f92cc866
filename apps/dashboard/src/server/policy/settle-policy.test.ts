import { auditEvent, policyVersion } from "@pinhole/drizzle/schema";
import { insertDevice, insertPolicyVersion } from "@pinhole/drizzle/testing";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { Bus, type BusEvent } from "../bus.ts";
import { newTestServer } from "../testing.ts";
import { PolicyClock } from "./policy-clock.ts";

const team = "ours";
const MINUTE_MS = 60_000;
const SSH = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["tcp:22"] }] }`;
const WEB = `{ "grants": [{ "src": ["*"], "dst": ["*"], "ip": ["tcp:80"] }] }`;

describe("a version that is applied for a while", () => {
  test("is in force at once, and says until when it must be confirmed and what comes back otherwise", async () => {
    const { owner, at } = await applied();
    expect(await owner.policy.get({ team })).toMatchObject({ version: 2, document: SSH, confirmBy: at(5), backTo: 1 });
  });

  test("goes at its minute when nobody confirmed it, on a server that did nothing else meanwhile", async () => {
    const { owner, clock, tick, events, server } = await applied();
    expect(tick(5, -1)).toBe(1);
    expect(await owner.policy.get({ team })).toMatchObject({ version: 2 });
    tick(5);
    expect(await owner.policy.get({ team })).toMatchObject({
      version: 3,
      document: DEFAULT_POLICY,
      message: "Version 2 was not confirmed in time",
      author: null,
      confirmBy: null,
    });
    expect(events).toEqual([{ teamId: server.team.id, kind: "revision", revision: 2 }]);
    expect(clock.tick()).toBeNull();
    expect(server.db.select().from(auditEvent).all().at(-1)).toMatchObject({
      actorKind: "server",
      action: "policy.revert",
      after: { version: 3, documentOf: 1 },
    });
  });

  // A row and no timer: the one that was to fire died with the server.
  test("goes when the server is back, if its time ran out while it was away", async () => {
    const { owner, tick } = await applied();
    tick(60 * 3);
    expect(await owner.policy.get({ team })).toMatchObject({ version: 3, document: DEFAULT_POLICY });
  });

  test("stays once somebody has confirmed it", async () => {
    const { owner, tick } = await applied();
    await owner.policy.confirm({ team, version: 2 });
    expect(tick(60)).toBeNull();
    expect(await owner.policy.get({ team })).toMatchObject({ version: 2, confirmBy: null });
    await expect(owner.policy.confirm({ team, version: 2 })).rejects.toMatchObject({ message: "policy-settled" });
    await expect(owner.policy.revert({ team, version: 2 })).rejects.toMatchObject({ message: "policy-settled" });
  });

  test("is confirmed in time or not at all, whether or not the server has looked since", async () => {
    const { server, owner, at } = await applied();
    server.clock.now = at(5);
    await expect(owner.policy.confirm({ team, version: 2 })).rejects.toMatchObject({ message: "policy-settled" });
    server.clock.now = at(5, -1);
    await owner.policy.confirm({ team, version: 2 });
  });

  test("can be taken back at once", async () => {
    const { owner, tick } = await applied();
    expect(await owner.policy.revert({ team, version: 2 })).toEqual({ version: 3 });
    expect(await owner.policy.get({ team })).toMatchObject({
      document: DEFAULT_POLICY,
      message: "Version 2 taken back",
    });
    expect(tick(60)).toBeNull();
  });

  test("gives way to the next version, and is not what comes back when that one goes", async () => {
    const { owner, tick } = await applied();
    await owner.policy.save({ team, document: WEB, base: 2, confirmWithinMinutes: 10 });
    expect(await owner.policy.get({ team })).toMatchObject({ version: 3, backTo: 1 });
    tick(5);
    expect(await owner.policy.get({ team })).toMatchObject({ version: 3 });
    tick(10);
    expect(await owner.policy.get({ team })).toMatchObject({ version: 4, document: DEFAULT_POLICY });
  });

  test("is confirmed and taken back by nobody who may not change policies, nor by another team", async () => {
    const { server } = await applied();
    for (const act of ["confirm", "revert"] as const) {
      await expect(server.as("operator").policy[act]({ team, version: 2 })).rejects.toMatchObject({
        code: "FORBIDDEN",
      });
      await expect(server.as("stranger").policy[act]({ team, version: 2 })).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
    expect(server.db.select().from(policyVersion).all()).toHaveLength(2);
  });
});

async function applied() {
  const server = newTestServer();
  const startedAt = server.clock.now.getTime();
  insertPolicyVersion(server.db, { teamId: server.team.id, document: DEFAULT_POLICY, createdAt: server.clock.now });
  for (const name of ["laptop", "nas"]) insertDevice(server.db, { teamId: server.team.id, name });
  const owner = server.as("owner");
  await owner.policy.save({ team, document: SSH, base: 1, confirmWithinMinutes: 5 });
  const events: BusEvent[] = [];
  const bus = new Bus();
  bus.subscribe((event) => events.push(event));
  const clock = new PolicyClock({ db: server.db, bus, now: () => server.clock.now });
  const at = (minutes: number, ms = 0) => new Date(startedAt + minutes * MINUTE_MS + ms);
  const tick = (minutes: number, ms = 0) => {
    server.clock.now = at(minutes, ms);
    return clock.tick();
  };
  return { server, owner, clock, tick, at, events };
}
