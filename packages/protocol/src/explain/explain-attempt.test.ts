import { describe, expect, test } from "vitest";
import type { NatProfile } from "../control/nat-profile.ts";
import { type Reason, reasonSchema } from "../control/path-report.ts";
import { planStrategy } from "../punch/index.ts";
import type { PairEvidence } from "./evidence.ts";
import { explainAttempt } from "./explain-attempt.ts";
import { attempted, BLOCKED, COUNTING, DRAWING, heard, profile, sent, started } from "./testing/pair-fixture.ts";
import { blur, randomCase } from "./testing/random-case.ts";
import { mirrorVerdict, toReason, verdictSchema } from "./verdict.ts";

const CASES = 5_000;

const strict = (side: "a" | "b") => profile(side);
const drawing = (side: "a" | "b") => profile(side, DRAWING);

/** Both sides' records. */
const pair = (a: NatProfile, b: NatProfile, more: Partial<PairEvidence> = {}): PairEvidence => ({
  a: attempted("a", a),
  b: attempted("b", b),
  ...more,
});

/** What side a alone knows. */
const alone = (a: NatProfile, b: NatProfile | null): PairEvidence => ({
  a: attempted("a", a),
  b: { candidates: [], natProfile: b, trace: null },
});

const asked = (natProfile: NatProfile | null) => ({ candidates: [], natProfile, trace: null });

describe("the reason", () => {
  test.each<[string, PairEvidence, Reason | undefined]>([
    [
      "own UDP blocked",
      pair(profile("a", BLOCKED), strict("b")),
      { code: "udp_blocked_a", side: "self", measured: true },
    ],
    [
      "the peer's UDP blocked",
      pair(strict("a"), profile("b", BLOCKED)),
      { code: "udp_blocked_b", side: "peer", measured: true },
    ],
    [
      "blocked by a doubtful measurement",
      pair(profile("a", { ...BLOCKED, confidence: 0.3 }), strict("b")),
      { code: "udp_blocked_a", side: "self", measured: false },
    ],
    [
      "both draw ports, and let in none but what they sent to",
      pair(drawing("a"), drawing("b")),
      { code: "both_symmetric", side: "both", measured: true },
    ],
    [
      "both draw ports, and that is known before anything was tried",
      { a: asked(drawing("a")), b: asked(drawing("b")) },
      { code: "both_symmetric", side: "both", measured: true },
    ],
    [
      "a spray that ran and missed may have had another cause",
      {
        ...pair(drawing("a"), strict("b")),
        a: attempted("a", drawing("a"), { events: [started("birthday")] }),
      },
      { code: "symmetric_vs_port_restricted", side: "self", measured: false },
    ],
    [
      "a technique that ran on both sides and opened nothing, which something else explains better than chance",
      {
        a: attempted("a", drawing("a"), { events: [started("birthday")] }),
        b: attempted("b", strict("b"), { events: [started("birthday")] }),
      },
      { code: "probe_timeout", measured: false },
    ],
    [
      "nothing arrived, where a port that is not known would have hidden a packet",
      pair(profile("a", { mapping: "none", filtering: "endpoint-independent" }), drawing("b")),
      { code: "probe_timeout", measured: false },
    ],
    [
      "a spray that the team does not allow",
      pair(strict("a"), drawing("b"), { maySpray: false }),
      { code: "symmetric_vs_port_restricted", side: "peer", measured: true },
    ],
    [
      "a spray that was denied",
      {
        ...pair(drawing("a"), strict("b")),
        b: attempted("b", strict("b"), { events: [started("birthday"), { atMs: 210, kind: "spray-denied" }] }),
      },
      { code: "symmetric_vs_port_restricted", side: "self", measured: true },
    ],
    [
      "a spray that had to wait for another pair's",
      pair(drawing("a"), strict("b"), { strategy: planStrategy(drawing("a"), strict("b"), { held: "busy" }) }),
      { code: "symmetric_vs_port_restricted", side: "self", measured: true },
    ],
    [
      "a plan without the stage that would have opened it",
      pair(drawing("a"), strict("b"), { strategy: planStrategy(null, null) }),
      { code: "symmetric_vs_port_restricted", side: "self", measured: true },
    ],
    [
      "nothing arrived, though both NATs are easy",
      pair(strict("a"), strict("b")),
      { code: "probe_timeout", measured: true },
    ],
    [
      "nothing arrived here, and what arrived there is not known",
      alone(strict("a"), strict("b")),
      { code: "probe_timeout", measured: false },
    ],
    ["nothing is known of the peer", alone(strict("a"), null), { code: "unknown", measured: false }],
    [
      "packets come in, and none of our own arrive",
      { ...pair(strict("a"), strict("b")), a: attempted("a", strict("a"), { events: [heard("a")] }) },
      { code: "one_way_b_to_a", measured: true },
    ],
    [
      "packets come in, and what is sent back goes unanswered",
      {
        ...alone(strict("a"), strict("b")),
        a: attempted("a", strict("a"), { events: [heard("a")] }),
      },
      { code: "one_way_b_to_a", measured: true },
    ],
    [
      "a NAT that is open lets in what its answers cannot get back to",
      {
        a: attempted("a", profile("a", { ...DRAWING, filtering: "endpoint-independent" }), { events: [heard("a")] }),
        b: attempted("b", drawing("b")),
      },
      { code: "both_symmetric", side: "both", measured: true },
    ],
    [
      "behind one NAT that is known not to send packets back in",
      pair(profile("a", { hairpin: false }), profile("a")),
      { code: "same_nat_no_hairpin", side: "both", measured: true },
    ],
    [
      "behind one NAT of which that is likely",
      pair(profile("a"), profile("a")),
      { code: "same_nat_no_hairpin", side: "both", measured: false },
    ],
    [
      "a carrier's NAT without a port of its own",
      pair(profile("a", { ...DRAWING, levels: "carrier-grade" }), strict("b"), { maySpray: false }),
      { code: "cgnat_no_portmap", side: "self", measured: true },
    ],
    [
      "one side asked for a plan in vain",
      { a: asked(strict("a")), b: asked(drawing("b")), request: "unanswered" },
      { code: "signal_timeout", measured: true },
    ],
    [
      "two counting NATs whose counters were not met",
      {
        a: attempted("a", profile("a", COUNTING), { events: [started("cover")] }),
        b: attempted("b", profile("b", COUNTING)),
      },
      { code: "both_symmetric", side: "both", measured: false },
    ],
    [
      "an attempt that was cut short",
      { ...pair(strict("a"), strict("b")), b: attempted("b", strict("b"), { outcome: "cancelled" }) },
      { code: "cancelled", side: "peer", measured: true },
    ],
    [
      "large packets that are lost on a verified path",
      {
        a: { ...attempted("a", strict("a"), { outcome: "direct" }), tunnel: "large-packets-lost" },
        b: attempted("b", strict("b"), { outcome: "direct" }),
      },
      { code: "mtu_blackhole", measured: true },
    ],
    ["nothing wrong and nothing tried", { a: asked(strict("a")), b: asked(drawing("b")) }, undefined],
    ["nothing known and nothing tried", { a: asked(null), b: null }, undefined],
  ])("%s", (_, evidence, reason) => {
    const verdict = explainAttempt(evidence);
    expect(toReason(verdict)).toEqual(reason);
    expect(verdictSchema.safeParse(verdict).success).toBe(true);
    if (reason !== undefined) expect(reasonSchema.safeParse(reason).success).toBe(true);
  });

  test("does not call a measurement by which no UDP passes true, when a packet came in from the Internet", () => {
    const evidence = {
      ...pair(profile("a", BLOCKED), strict("b")),
      a: attempted("a", profile("a", BLOCKED), { events: [heard("a")] }),
    };
    expect(explainAttempt(evidence)).toMatchObject({ code: "one_way_b_to_a", measured: false });
  });

  test("is not that of two IPv4 NATs alone where both have IPv6", () => {
    const candidates = (at: number) => [{ kind: "host", endpoint: `[2001:db8::${at}]:41000` } as const];
    const evidence = {
      a: attempted("a", drawing("a"), { candidates: candidates(1) }),
      b: attempted("b", drawing("b"), { candidates: candidates(2) }),
    };
    expect(explainAttempt(evidence)).toMatchObject({ code: "both_symmetric", measured: false });
  });

  test("is none once one side has verified a path", () => {
    const evidence = { ...pair(drawing("a"), drawing("b")), b: attempted("b", drawing("b"), { outcome: "direct" }) };
    expect(explainAttempt(evidence)).toMatchObject({ outcome: "direct", code: null, facts: [] });
  });

  test("comes with what would help on the sides where it can", () => {
    const evidence = pair(profile("a", { ...DRAWING, levels: "carrier-grade" }), drawing("b"), { maySpray: false });
    expect(explainAttempt(evidence).remedies).toEqual([
      { kind: "ask-provider", side: "a" },
      { kind: "enable-port-mapping", side: "b" },
      { kind: "use-ipv6" },
    ]);
  });

  test("counts a probe that was sent once as lost, not as unanswered", () => {
    const a = attempted("a", strict("a"), { events: [heard("a")] });
    const events = [sent("a", 1), ...a.trace.events.filter(({ kind }) => kind !== "probe-sent")];
    const evidence = { ...alone(strict("a"), strict("b")), a: { ...a, trace: { ...a.trace, events } } };
    expect(explainAttempt(evidence)).toMatchObject({ code: "one_way_b_to_a", measured: false });
  });
});

describe(`of ${CASES} random pairs`, () => {
  const random = seeded(7);
  const cases = Array.from({ length: CASES }, () => randomCase(random));

  test("each is explained by its cause where the evidence is whole", () => {
    const wrong = cases.filter(({ truth, evidence }) => explainAttempt(evidence).code !== truth);
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test("none is explained by a wrong cause that is called measured, whatever part of the evidence is missing", () => {
    const blurred = cases.map((one) => blur(one, random));
    const verdicts = blurred.map(({ truth, evidence }) => ({ truth, ...explainAttempt(evidence), evidence }));
    expect(verdicts.filter(({ measured }) => measured).length).toBeGreaterThan(CASES / 10);
    expect(verdicts.filter(({ measured, code, truth }) => measured && code !== truth).slice(0, 3)).toEqual([]);
  });

  test("each is explained alike to both sides", () => {
    for (const { evidence } of cases) {
      const { a, b, request } = evidence;
      if (b === null || request !== undefined) continue;
      const [one, other] = [explainAttempt(evidence), explainAttempt({ ...evidence, a: b, b: a })];
      const mirrored = mirrorVerdict(other);
      expect([mirrored.code, mirrored.side, mirrored.measured]).toEqual([one.code, one.side, one.measured]);
    }
  });
});

/** Marsaglia's xorshift: the same pairs in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
