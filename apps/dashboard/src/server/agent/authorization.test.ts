import { insertDevice, insertTeam } from "@pinhole/drizzle/testing";
import { newId } from "@pinhole/drizzle/schema";
import { describe, expect, test } from "vitest";
import { appRouter } from "../routers/index.ts";
import type { AgentCaller, AgentContext } from "./context.ts";
import { agentRouter } from "./router.ts";
import { has, TestServer } from "./testing.ts";

/** What each procedure of the agents asks for. Every procedure has a line: one without fails the first test. */
const REQUIRED = {
  enroll: "a channel",
  events: "a device",
  explainPair: "a device",
  reportCandidates: "a device",
  reportFilter: "a device",
  reportMetrics: "a device",
  reportPaths: "a device",
  reportReach: "a device",
  reportTrace: "a device",
  requestPunch: "a device",
  requestRelayLanes: "a device",
  sendPunchNote: "a device",
  time: "a device",
  verifyReachable: "a device",
} as const;

const PATHS = Object.keys(REQUIRED) as (keyof typeof REQUIRED)[];

const CALLERS: readonly (readonly [AgentCaller, string])[] = [
  [{ kind: "anonymous" }, "not-authenticated"],
  [{ kind: "refused", code: "device-unknown" }, "device-unknown"],
  [{ kind: "refused", code: "device-revoked" }, "device-revoked"],
  [{ kind: "refused", code: "bad-signature" }, "bad-signature"],
  [{ kind: "device", session: { isCurrent: false } as never }, "session-replaced"],
];

describe("authorization of agents", () => {
  test("is stated for every procedure, and none is a browser's", () => {
    const procedures = Object.keys(agentRouter._def.procedures);
    expect(procedures.toSorted()).toEqual(PATHS.toSorted());
    expect(Object.keys(appRouter._def.procedures).filter((path) => procedures.includes(path))).toEqual([]);
  });

  test.each(PATHS.filter((path) => REQUIRED[path] === "a device"))(
    "%s is refused to who has not proven to be a device in good standing",
    async (path) => {
      for (const [caller, code] of CALLERS) {
        // No hub: nothing of it may be touched before the answer.
        const context = { caller, address: "192.0.2.1", mayEnroll: () => true } as AgentContext;
        // An input that no schema takes: who may not ask learns nothing about it.
        await expect((agentRouter.createCaller(context) as any)[path]({ "": 1 })).rejects.toMatchObject({
          message: code,
        });
      }
    },
  );

  test("of a device ends at its team: another team's device answers as one that there is none of", async () => {
    await using server = await TestServer.start();
    const agent = server.newAgent();
    const client = agent.follow();
    await has(agent, "netmap");
    const foreign = insertDevice(server.db, { teamId: insertTeam(server.db).id });
    const absent = newId("dev");
    const ask = (peerId: `dev_${string}`): Promise<unknown>[] => [
      client.explainPair.query({ peerId }),
      client.requestPunch.mutate({ peerId, trigger: "manual" }),
      client.requestRelayLanes.mutate({ peerId, via: peerId }),
      client.sendPunchNote.mutate({ peerId, note: "AAAA" }),
    ];
    const answers = async (peerId: `dev_${string}`) =>
      (await Promise.allSettled(ask(peerId))).map((settled) =>
        settled.status === "fulfilled" ? "granted" : JSON.stringify(settled.reason.shape ?? settled.reason.message),
      );
    const [ofForeign, ofAbsent] = [await answers(foreign.id), await answers(absent)];
    expect(ofForeign).toEqual(ofAbsent.map((text) => text.replaceAll(absent, foreign.id)));
    expect(ofForeign.filter((text) => text === "granted")).toEqual([]);
  });
});
