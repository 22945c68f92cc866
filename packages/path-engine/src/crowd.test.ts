/** A team that comes online at one moment: where NATs are hard, each pair's burden on them has to wait for the others'. */
import { NAT_CLASSES } from "@pinhole/natsim";
import { expect, test } from "vitest";
import type { SimAgent } from "./testing/index.ts";
import { type Crowd, newCrowd } from "./testing/crowd.ts";

const KINDS = ["E3", "R", "E3", "R", "As", "R", "E3"] as const;

/** Nothing opens these. */
const isHopeless = (one: number, other: number): boolean => KINDS[one] === "R" && KINDS[other] === "R";

/** Four peers to spray at, one after the other, if every spray has to go on to its end. */
const LAST_DIRECT_MS = 30_000;

/** Of two routers: sprays of four peers each, and what the rest costs. */
const MAX_SESSIONS = 4 * 1_300;

test.each([1, 2])(
  "everybody who can be reached is, soon, with one spray a pair (seed %i)",
  { timeout: 120_000 },
  (seed) => {
    const crowd = newCrowd({ nats: KINDS.map((kind) => NAT_CLASSES[kind]), seed });
    for (const one of crowd.agents) {
      for (const other of crowd.agents) {
        if (one !== other) one.sendTraffic(other.id, { everyMs: 1_000, forMs: LAST_DIRECT_MS });
      }
    }
    const pairs = pairsOf(crowd);
    const isDone = () => pairs.every(([one, other]) => isDirect(one, other) && isDirect(other, one));
    expect(crowd.time.runUntilTrue(isDone, LAST_DIRECT_MS)).toBe(true);

    const { strategies, traces } = crowd.coordinator;
    const sprays = strategies.filter(({ stages }) => stages.some(({ kind }) => kind === "birthday"));
    expect(sprays).toHaveLength(pairs.filter(([one, other]) => isHard(crowd, one) !== isHard(crowd, other)).length);
    expect(traces.flatMap(({ trace }) => trace.events).filter(({ kind }) => kind === "spray-denied")).toEqual([]);
    for (const router of crowd.routers) expect(router.nat()?.usage().sessionsMade).toBeLessThanOrEqual(MAX_SESSIONS);
  },
);

function pairsOf({ agents }: Crowd): [SimAgent, SimAgent][] {
  return agents.flatMap((one, i) =>
    agents.flatMap((other, j): [SimAgent, SimAgent][] => (i < j && !isHopeless(i, j) ? [[one, other]] : [])),
  );
}

function isDirect(one: SimAgent, other: SimAgent): boolean {
  return one.route(other.id)?.direct !== undefined;
}

function isHard({ agents }: Crowd, agent: SimAgent): boolean {
  return KINDS[agents.indexOf(agent)] === "R";
}
