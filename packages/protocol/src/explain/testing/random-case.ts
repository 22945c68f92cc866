/**
 * Random pairs that are relayed for a known reason, and what their sides would have recorded: the ground truth against which
 * verdicts are held. {@link blur} takes away evidence as reality does.
 */
import type { NatProfile } from "../../control/nat-profile.ts";
import type { ReasonCode } from "../../control/path-report.ts";
import { planStrategy, type Strategy } from "../../punch/index.ts";
import type { PairEvidence, SideEvidence } from "../evidence.ts";
import { attempted, BLOCKED, COUNTING, candidate, DRAWING, heard, profile, started } from "./pair-fixture.ts";

export type RandomCase = { readonly truth: ReasonCode; readonly evidence: PairEvidence };
type Random = () => number;
type Side = "a" | "b";

const pick = <Item>(items: readonly Item[], random: Random): Item => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
};

const EASY: readonly Partial<NatProfile>[] = [
  {},
  { filtering: "address-dependent" },
  { filtering: "endpoint-independent" },
  { mapping: "none" },
  { mapping: "address-and-port-dependent" },
];

const easy = (side: Side, random: Random): NatProfile => profile(side, pick(EASY, random));
const strict = (side: Side): NatProfile => profile(side);
const drawing = (side: Side): NatProfile => profile(side, DRAWING);
const otherOf = (side: Side): Side => (side === "a" ? "b" : "a");
const pairOf = (side: Side, one: SideEvidence, two: SideEvidence) =>
  side === "a" ? { a: one, b: two } : { a: two, b: one };

/** A pair whose probes are all lost, by its two NATs. */
function silent(
  a: NatProfile,
  b: NatProfile,
  stages: readonly string[] = [],
): PairEvidence & { readonly b: SideEvidence } {
  const events = stages.map(started);
  return { a: attempted("a", a, { events }), b: attempted("b", b, { events }), strategy: planStrategy(a, b) };
}

const CASES: readonly ((random: Random) => RandomCase)[] = [
  (random) => {
    const side = pick(["a", "b"] as const, random);
    const nats = { a: easy("a", random), b: easy("b", random), [side]: profile(side, BLOCKED) };
    return { truth: `udp_blocked_${side}`, evidence: silent(nats.a, nats.b) };
  },
  () => ({ truth: "both_symmetric", evidence: silent(drawing("a"), drawing("b")) }),
  (random) => {
    const side = pick(["a", "b"] as const, random);
    const nats = { a: drawing("a"), b: drawing("b"), [side]: strict(side) };
    const isOff = random() < 0.5;
    const pair = silent(nats.a, nats.b);
    const denied = attempted(side, nats[side], { events: [started("birthday"), { atMs: 210, kind: "spray-denied" }] });
    const strategy: Strategy = planStrategy(nats.a, nats.b, { maySpray: !isOff });
    return {
      truth: "symmetric_vs_port_restricted",
      evidence: { ...pair, ...(isOff ? { maySpray: false } : { [side]: denied }), strategy },
    };
  },
  // Something in the way of a technique that would have opened it.
  () => ({
    truth: "probe_timeout",
    evidence: silent(profile("a", COUNTING), profile("b", COUNTING), ["cover"]),
  }),
  (random) => {
    // Packets to the near side pass, its own do not.
    const near = pick(["a", "b"] as const, random);
    const far = otherOf(near);
    const pair = pairOf(
      near,
      attempted(near, easy(near, random), { events: [heard(near)] }),
      attempted(far, easy(far, random)),
    );
    return { truth: near === "a" ? "one_way_b_to_a" : "one_way_a_to_b", evidence: pair };
  },
  (random) => ({ truth: "probe_timeout", evidence: silent(easy("a", random), easy("b", random)) }),
  (random) => {
    const nat = { ...easy("a", random), ...(random() < 0.7 ? { hairpin: false } : {}) };
    return { truth: "same_nat_no_hairpin", evidence: silent(nat, nat) };
  },
  (random) => {
    const side = pick(["a", "b"] as const, random);
    const carriers = profile(side, { ...DRAWING, levels: "carrier-grade" });
    const nats = { a: strict("a"), b: strict("b"), [side]: carriers };
    return {
      truth: "cgnat_no_portmap",
      evidence: { ...silent(nats.a, nats.b), strategy: planStrategy(nats.a, nats.b, { maySpray: false }) },
    };
  },
  () => {
    const [a, b] = [attempted("a", drawing("a")), attempted("b", drawing("b"))];
    return {
      truth: "portmap_refused",
      evidence: { a: { ...a, portMapping: "refused" }, b: { ...b, portMapping: "refused" } },
    };
  },
  (random) => {
    const late = pick(["a", "b"] as const, random);
    const { trace } = attempted(late, easy(late, random));
    const behind = trace.events.map((event) => ({ ...event, atMs: event.atMs + 4_000 }));
    const far = otherOf(late);
    const pair = pairOf(
      late,
      { ...attempted(late, easy(late, random)), trace: { ...trace, events: behind } },
      attempted(far, easy(far, random)),
    );
    return { truth: "signal_timeout", evidence: pair };
  },
  (random) => {
    const moved = pick(["a", "b"] as const, random);
    const elsewhere = profile(moved, { publicEndpoints: ["198.51.100.77:40000"] });
    const candidates = [{ kind: "server-reflexive", endpoint: "198.51.100.77:40000" } as const];
    const far = otherOf(moved);
    return {
      truth: "nat_rebinding",
      evidence: pairOf(moved, attempted(moved, elsewhere, { candidates }), attempted(far, easy(far, random))),
    };
  },
  (random) => {
    const six = { candidates: [{ kind: "host", endpoint: "[2001:db8::2]:41000" } as const] };
    return {
      truth: "no_common_family",
      evidence: { a: attempted("a", easy("a", random)), b: attempted("b", easy("b", random), six) },
    };
  },
  (random) => ({
    truth: "peer_offline",
    evidence: {
      ...silent(easy("a", random), easy("b", random)),
      b: { ...attempted("b", drawing("b")), isOnline: false },
    },
  }),
  (random) => ({
    truth: "forced_relay",
    evidence: { ...silent(easy("a", random), easy("b", random)), isRelayOnly: true },
  }),
  (random) => ({
    truth: "signal_timeout",
    evidence: { a: asked("a", easy("a", random)), b: asked("b", easy("b", random)), request: "unanswered" },
  }),
];

const asked = (side: Side, natProfile: NatProfile): SideEvidence => ({
  candidates: [candidate(side)],
  natProfile,
  trace: null,
});

export const randomCase = (random: Random): RandomCase => pick(CASES, random)(random);

/** The same pair with less known of it: a record that did not arrive, a profile that is doubtful or was never measured. */
export function blur({ truth, evidence }: RandomCase, random: Random): RandomCase {
  const { a, b } = evidence;
  const blurred = { ...evidence, a: blurSide(a, random), b: b && blurSide(b, random) };
  if (random() < 0.3) return { truth, evidence: { ...blurred, b: null } };
  return { truth, evidence: blurred };
}

function blurSide(side: SideEvidence, random: Random): SideEvidence {
  const change = pick([keep, keep, withoutTrace, withoutProfile, withDoubt, withoutFilter], random);
  return change(side);
}

type Change = (side: SideEvidence) => SideEvidence;

const keep: Change = (side) => side;
const withoutTrace: Change = (side) => ({ ...side, trace: null });
const withoutProfile: Change = (side) => withProfile(side, () => null);
const withDoubt: Change = (side) => withProfile(side, (nat) => nat && { ...nat, confidence: 0.4 });
const withoutFilter: Change = (side) => withProfile(side, (nat) => nat && { ...nat, filtering: "unknown" });

function withProfile(side: SideEvidence, change: (nat: NatProfile | null) => NatProfile | null): SideEvidence {
  const natProfile = change(side.natProfile);
  return { ...side, natProfile, trace: side.trace && { ...side.trace, natProfile: change(side.trace.natProfile) } };
}
