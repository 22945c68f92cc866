/**
 * Whether pairs that stay on the relay are told the true reason: random networks with random obstacles, real engines, and the
 * verdict from both sides' own records, held against what the simulation was built of.
 */
import { CLASSIC_NATS, type ClassicNat, type NatOptions, type PacketView, SeededRandom } from "@pinhole/natsim";
import { newTwoAgents, profileOf, type TwoAgents } from "@pinhole/path-engine/testing";
import type { AttemptTrace, ReasonCode } from "@pinhole/protocol/control";
import { explainAttempt, type PairEvidence, type Verdict } from "@pinhole/protocol/explain";
import { chooseTechnique, measuredClass, type NatClass } from "@pinhole/protocol/punch";
import { percent } from "./figure.ts";
import type { Measurement } from "./measurement.ts";

/** What stands in the way besides the two NATs; most of it is nothing. */
const OBSTACLES = [
  "none",
  "none",
  "none",
  "udp-blocked-a",
  "udp-blocked-b",
  "one-way-from-a",
  "one-way-from-b",
  "silence",
  "unproven",
  "offline",
  "relay-down",
] as const;
type Obstacle = (typeof OBSTACLES)[number];

type Scenario = {
  readonly names: readonly [ClassicNat, ClassicNat];
  readonly obstacle: Obstacle;
  readonly seed: number;
};

/** One relayed pair: what kept it there, and what it was told. */
export type Judgement = { readonly truth: ReasonCode; readonly verdict: Verdict };

const NAMES = Object.keys(CLASSIC_NATS).filter((name): name is ClassicNat => name in CLASSIC_NATS);

/** Beyond the longest plan. */
const ATTEMPT_MS = 15_000;

const WANTED_SHARE = 0.95;

/** Samples have nothing in common with one another's. */
const SEED_STRIDE = 100_003;

export const reasons: Measurement<Judgement> = {
  id: "reasons",
  size: (seeds) => seeds,
  take: (at) => firstRelayed(new SeededRandom((at + 1) * SEED_STRIDE)),
  figure: (judgements) => {
    const wrong = judgements.filter(isWrong);
    const wrongMeasured = wrong.filter(({ verdict }) => verdict.measured).length;
    const agreed = judgements.length - wrong.length;
    return {
      name: "relayed pairs whose reason is the simulator's own",
      bound: `≥ ${WANTED_SHARE * 100} %, none wrong that is called measured`,
      measured: `${percent(agreed, judgements.length)} of ${judgements.length}, ${wrongMeasured} wrongly measured`,
      isMet: agreed >= WANTED_SHARE * judgements.length && wrongMeasured === 0,
    };
  },
};

/** Truth and verdict where they differ, the most frequent first. */
export function disagreements(judgements: readonly Judgement[]): string[] {
  const counts = new Map<string, number>();
  for (const { truth, verdict } of judgements.filter(isWrong)) {
    const what = `${truth} called ${verdict.code ?? "nothing"}${verdict.measured ? " (measured)" : ""}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].toSorted(([, x], [, y]) => y - x).map(([what, count]) => `${what}: ${count}`);
}

const isWrong = ({ truth, verdict }: Judgement): boolean => verdict.code !== truth;

/** Of random pairs until one stays on the relay. */
function firstRelayed(random: SeededRandom): Judgement {
  for (;;) {
    const scenario = randomScenario(random);
    const verdict = verdictOf(scenario);
    if (verdict !== undefined) return { truth: truthOf(scenario), verdict };
  }
}

function randomScenario(random: SeededRandom): Scenario {
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random.next() * items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  };
  return {
    names: [pick(NAMES), pick(NAMES)],
    obstacle: pick(OBSTACLES),
    seed: 1 + Math.floor(random.next() * 0x7fff_ffff),
  };
}

/** Undefined for a pair that became direct. */
function verdictOf({ names, obstacle, seed }: Scenario): Verdict | undefined {
  const nats = natsOf({ names, obstacle });
  const world = newTwoAgents({ nats, seed, measures: true });
  const { a, b, time, coordinator } = world;
  block(world, obstacle);
  a.sendTraffic(b.id, { everyMs: 200, forMs: ATTEMPT_MS });
  time.runUntilTrue(() => isDirect(world) || hasBothRecords(world), patienceFor(obstacle));
  if (isDirect(world)) return undefined;

  const last = coordinator.traces.findLast(({ from }) => from === a.id)?.trace;
  const theirs = coordinator.traces.find(({ from, trace }) => from === b.id && trace.attemptId === last?.attemptId);
  const side = (nat: NatOptions | undefined, trace: AttemptTrace | undefined) => ({
    candidates: trace?.candidates ?? [],
    natProfile: trace?.natProfile ?? profileOf(nat),
    trace: trace ?? null,
  });
  const evidence: PairEvidence = {
    a: side(nats[0], last),
    b: { ...side(nats[1], theirs?.trace), isOnline: obstacle !== "offline" },
    isRelayUp: obstacle !== "relay-down",
  };
  return explainAttempt(evidence);
}

const isDirect = ({ a, b }: TwoAgents): boolean =>
  a.route(b.id)?.direct !== undefined && b.route(a.id)?.direct !== undefined;

function hasBothRecords({ a, coordinator: { traces } }: TwoAgents): boolean {
  const own = traces.find(({ from, trace }) => from === a.id && trace.outcome === "no-path");
  return (
    own !== undefined && traces.some(({ from, trace }) => from !== a.id && trace.attemptId === own.trace.attemptId)
  );
}

/** Where there will be no attempt, nothing is waited for. */
const patienceFor = (obstacle: Obstacle): number =>
  obstacle === "offline" || obstacle === "relay-down" ? 1_000 : ATTEMPT_MS;

function natsOf({ names, obstacle }: Pick<Scenario, "names" | "obstacle">): readonly [NatOptions, NatOptions] {
  const [a, b] = [CLASSIC_NATS[names[0]], CLASSIC_NATS[names[1]]];
  if (obstacle === "udp-blocked-a") return [{ ...a, blocksUdp: true }, b];
  if (obstacle === "udp-blocked-b") return [a, { ...b, blocksUdp: true }];
  return [a, b];
}

/** A firewall between the two: both directions, or one. Servers are reached all the same. */
function block({ network, a, b, coordinator }: TwoAgents, obstacle: Obstacle): void {
  const [fromA, fromB] = [isBetween("203.0.113.1", "203.0.113.2"), isBetween("203.0.113.2", "203.0.113.1")];
  switch (obstacle) {
    case "one-way-from-a":
      network.internet.blackhole = fromB;
      return;
    case "one-way-from-b":
      network.internet.blackhole = fromA;
      return;
    case "silence":
      network.internet.blackhole = (packet) => fromA(packet) || fromB(packet);
      return;
    case "unproven":
      coordinator.provesAddresses = false;
      return;
    case "offline":
      coordinator.setOnline(b.id, false);
      return;
    case "relay-down":
      a.engine.onRelay(false);
      return;
    case "none":
    case "udp-blocked-a":
    case "udp-blocked-b":
      return;
    default:
      return obstacle satisfies never;
  }
}

const isBetween =
  (from: string, to: string) =>
  ({ source, destination }: PacketView): boolean =>
    source.address === from && destination.address === to;

/** What was built: the first thing that keeps such a pair apart by itself. */
function truthOf({ names, obstacle }: Scenario): ReasonCode {
  const [one, other] = names.map((name) => measuredClass(profileOf(CLASSIC_NATS[name])));
  if (obstacle === "relay-down") return "relay_unavailable";
  if (obstacle === "offline") return "peer_offline";
  if (obstacle === "udp-blocked-a") return "udp_blocked_a";
  if (obstacle === "udp-blocked-b") return "udp_blocked_b";
  if (one === undefined || other === undefined) return "unknown";
  const technique = chooseTechnique(one, other);
  const hard = one.mapping !== "known" && other.mapping !== "known" ? "both_symmetric" : "symmetric_vs_port_restricted";
  if (technique.kind === "none" || (obstacle === "unproven" && technique.kind === "birthday")) return hard;
  if (obstacle === "silence") return "probe_timeout";
  // Sent to a port that it shows to servers alone, a hard NAT lets in nothing, and so nothing arrives either way.
  const hears = (far: NatClass): boolean => far.mapping === "known" || far.isOpen || technique.kind !== "simultaneous";
  if (obstacle === "one-way-from-a") return hears(other) ? "one_way_a_to_b" : "probe_timeout";
  if (obstacle === "one-way-from-b") return hears(one) ? "one_way_b_to_a" : "probe_timeout";
  // A technique that ran and missed.
  return hard;
}
