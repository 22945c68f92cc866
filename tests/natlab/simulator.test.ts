/**
 * The simulator held against kernels: agents behind nftables and engines behind the simulator's NATs measure the same NATs, and
 * go through the same encounters by the same plan, to the same path, with about as many packets.
 *
 * The machine's own delays are what the simulator has none of. They cost probes, because answers are read late and the schedule
 * goes on meanwhile; so a side may send {@link MOST_TIMES} times as many and a schedule more. Where ports are drawn, chance
 * decides when it is over. So all pairs together are held against each other too: between half and twice as many, in the
 * geometric mean, against which a lucky or unlucky pair weighs no more than any other.
 */
import { isDeepStrictEqual } from "node:util";
import type { DeviceId } from "@pinhole/protocol";
import type { NatProfile } from "@pinhole/protocol/control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { Attempts } from "./attempts.ts";
import type { NetworkName } from "./behaviour.ts";
import type { Attempt, Encounter } from "./encounter.ts";
import { enrollStrangers } from "./enroll-strangers.ts";
import { Lab } from "./lab.ts";
import { Server } from "./server.ts";
import { simulatePair, simulateProfile } from "./simulated-pair.ts";
import { playAll } from "./tournament.ts";
import { until } from "./until.ts";

type NetworkPair = readonly [NetworkName, NetworkName];

/** Every network that agents can be behind at least twice, and every technique. */
const PAIRS: readonly NetworkPair[] = [
  ["public", "firewall"],
  ["public", "adm-adf"],
  ["firewall", "eim-eif"],
  ["eim-eif", "random"],
  ["eim-adf", "eim-apdf"],
  ["eim-adf", "sequential"],
  ["eim-apdf", "cgn"],
  ["eim-random", "eim-apdf"],
  ["eim-random", "firewall"],
  ["poisonable", "eim-apdf"],
  ["poisonable", "cgn"],
  ["forgetful", "firewall"],
  ["forgetful", "eim-random"],
  ["hairpin", "eim-apdf"],
  ["hairpin", "public"],
  // The next port: of one side, of both, and from so many sockets that it is met.
  ["cgn", "adm-sequential"],
  ["firewall", "sequential"],
  ["adm-sequential", "sequential"],
  ["sequential", "sequential"],
  // Any port: of a block, of all, towards an address, and while one's own is observed.
  ["firewall", "random-block"],
  ["eim-apdf", "adm-random"],
  ["eim-random", "random"],
  ["adm-adf", "random-adf"],
  ["adm-sequential", "random-block"],
  // Nothing helps.
  ["adm-random", "random-adf"],
  ["udp-blocked", "public"],
  ["udp-blocked", "random"],
];

/** So that two starts on a busy machine are nearer to each other than the two hosts are: a packet that is too early poisons. */
const DELAY_MS = 40;
const HOPS = 6;
const SEATS = 2;

/** Once in some forty times the many ports that are tried miss; the next time is a minute later. */
const UNTIL_DIRECT_S = 150;
const MEASUREMENTS = 5;
const REPORTED_MS = 3_000;
const ALL_MS = 10 * 60_000;

/** Of most networks one host is enough: a second is for those that meet their own kind. */
const seatsOf = new Map(
  PAIRS.flatMap(([a, b]) => [[hostOf(a), a] as const, [a === b ? `${hostOf(b)}2` : hostOf(b), b] as const]),
);
const hosts = Object.fromEntries(
  [...seatsOf].map(([host, network]) => [host, { network, link: { delayMs: DELAY_MS } }] as const),
);

/** On a busy machine a side may start so late that the other's first packet is there before its own has left. */
const LATE_MS = 3 * DELAY_MS;

/** One draw says little of how many it takes. */
const DRAWS = 8;

const simulate = (networks: NetworkPair, { lateMs = 0, seed = 1 } = {}): Encounter =>
  simulatePair({ networks, delayMs: DELAY_MS, seed, lateMs });

/** What may become of each pair: one thing, unless it matters who is first. */
const simulated = new Map(
  PAIRS.map((pair) => [
    pair,
    pair[0] === "poisonable" ? [simulate(pair), simulate(pair, { lateMs: LATE_MS })] : [simulate(pair)],
  ]),
);
const drawn = PAIRS.filter((pair) => simulated.get(pair)!.some(({ plans }) => plans[0]?.includes("birthday")));
const counted = PAIRS.filter((pair) => !drawn.includes(pair));

/** Probes of one candidate in one attempt, if nothing answers. */
const SCHEDULE = 7;
const MOST_TIMES = 3;

let lab: Lab;
let agents: Map<string, Agent>;
let attempts: Attempts;
let profiles: Map<string, Behaviour | undefined>;
let encounters: ReadonlyMap<NetworkPair, Promise<Encounter>>;

beforeAll(async () => {
  lab = await Lab.create({ hosts, hops: HOPS });
  const server = await Server.start(lab);
  attempts = new Attempts(server);
  profiles = new Map();
  // Without an interface nothing is sent but what a test asks for.
  agents = await enrollStrangers({ lab, server, hosts: Object.keys(hosts), userspace: true }, async (agent) => {
    profiles.set(agent.host, await measure(agent));
  });
  const results = playAll(PAIRS.map(hostsOf), { seats: SEATS, play: meet });
  encounters = new Map(PAIRS.map((pair, at) => [pair, results[at]!]));
}, ALL_MS);

afterAll(async () => {
  attempts?.[Symbol.dispose]();
  await lab?.[Symbol.asyncDispose]();
});

describe("an agent measures of a NAT of the lab what it measures of the simulator's:", () => {
  test.each([...new Set(PAIRS.flat())])("%s", (network) => {
    expect(profiles.get(hostOf(network))).toEqual(simulatedBehaviour(network));
  });
});

describe("two agents meet in the lab as in the simulator:", () => {
  test.each(PAIRS.map((pair) => [...pair, pair] as const))(
    "%s and %s",
    async (_, __, pair) => {
      const { path, plans } = await encounters.get(pair)!;
      const [expected] = simulated.get(pair)! as [Encounter];
      expect(path).toBe(expected.path);
      expect(plans).toContain(expected.plans[0]);
    },
    ALL_MS,
  );

  test.each(counted.map((pair) => [...pair, pair] as const))(
    "%s and %s, with no more probes than that",
    async (_, __, pair) => {
      const [met] = await comparable([pair]);
      if (met === undefined) return;
      const [sent, wanted] = [partsOf(met.real, pair), partsOf(met.expected, pair)];
      for (const part of [0, 1] as const) expect(sent[part]).toBeLessThanOrEqual(MOST_TIMES * wanted[part] + SCHEDULE);
    },
  );

  test.each([
    ["drawn", drawn, DRAWS],
    ["known or counted", counted, 1],
  ] as const)("with as many probes where ports are %s, all pairs together", async (_, pairs, draws) => {
    const met = await comparable(pairs);
    expect(met.length).toBeGreaterThan((2 / 3) * pairs.length);
    const times = met.map(({ pair, real, expected }) => {
      const more = Array.from({ length: draws - 1 }, (_, at) => simulate(pair, { seed: at + 2 }).decisive);
      const alike = [expected, ...more].filter(({ stages }) => stages === real.stages);
      return probesOf(real) / geometricMean(alike.map(probesOf));
    });
    expect(geometricMean(times)).toBeGreaterThan(1 / 2);
    expect(geometricMean(times)).toBeLessThan(2);
  });
});

type Comparable = { readonly pair: NetworkPair; readonly real: Attempt; readonly expected: Attempt };

/** Attempts by the same plan. A busy machine may need one more than the simulator does, and that is by another. */
async function comparable(pairs: readonly NetworkPair[]): Promise<Comparable[]> {
  const all = await Promise.all(
    pairs.map(async (pair) => {
      const { decisive: real } = await encounters.get(pair)!;
      const expected = simulated.get(pair)!.find(({ decisive: { stages } }) => stages === real.stages);
      return expected === undefined ? [] : [{ pair, real, expected: expected.decisive }];
    }),
  );
  return all.flat();
}

/** What the dashboard has heard of it. On a busy machine answers come too late and leave something unknown, so it is measured again. */
async function measure(agent: Agent): Promise<Behaviour | undefined> {
  const expected = simulatedBehaviour(hosts[agent.host]!.network);
  const heard = (): Behaviour | undefined => {
    const profile = attempts.profileOf(agent.name);
    return profile && behaviourIn(profile);
  };
  const isExpected = async (): Promise<true | undefined> => (isDeepStrictEqual(heard(), expected) ? true : undefined);
  for (let tries = 0; tries < MEASUREMENTS; tries++) {
    await agent.cli("netcheck");
    const what = `the dashboard hears from ${agent.name}`;
    if ((await until(isExpected, { timeoutMs: REPORTED_MS, what }).catch(() => undefined)) === true) break;
  }
  return heard();
}

async function meet(match: readonly [string, string]): Promise<Encounter> {
  const pair = PAIRS.find((each) => hostsOf(each).join() === match.join())!;
  const [a, b] = match.map((host) => agents.get(host)!) as [Agent, Agent];
  if (simulated.get(pair)![0]!.path === "direct") await a.ping(b.name, { untilDirect: true, timeoutS: UNTIL_DIRECT_S });
  else await a.ping(b.name);
  const [ofB, ofA] = await Promise.all([a.peer(b.name), b.peer(a.name)]);
  const devices = [ofA.id, ofB.id] as [DeviceId, DeviceId];
  const path = ofB.path.kind === "direct" ? "direct" : "relay";
  return attempts.encounter(devices, { path, what: match.join(" and ") });
}

type Parts = readonly [number, number];

/** Who of two alike plays which part of a plan is a matter of who asked first. */
function partsOf({ probes: [a, b] }: Attempt, [one, other]: NetworkPair): Parts {
  return one === other && a > b ? [b, a] : [a, b];
}

function probesOf({ probes: [a, b] }: Attempt): number {
  return a + b;
}

function geometricMean(all: readonly number[]): number {
  return Math.exp(all.reduce((sum, each) => sum + Math.log(each), 0) / all.length);
}

type Behaviour = ReturnType<typeof behaviourIn>;

/** What does not depend on which ports were drawn. */
function behaviourIn({ udp, mapping, filtering, portPreserving, allocation, hairpin, levels }: NatProfile) {
  return { udp, mapping, filtering, portPreserving, allocation: allocation?.kind, hairpin, levels };
}

function simulatedBehaviour(network: NetworkName): Behaviour {
  return behaviourIn(simulateProfile(network, { delayMs: DELAY_MS, seed: 1 }));
}

function hostOf(network: NetworkName): string {
  return network.replaceAll("-", "").slice(0, 9);
}

function hostsOf([a, b]: NetworkPair): readonly [string, string] {
  return [hostOf(a), a === b ? `${hostOf(b)}2` : hostOf(b)];
}
