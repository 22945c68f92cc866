import { describe, expect, test } from "vitest";
import type { NatFiltering, NatMapping, NatProfile } from "../control/nat-profile.ts";
import { type Reason, reasonSchema } from "../control/path-report.ts";
import { explainPair } from "./explain-pair.ts";
import { planStrategy } from "./plan-strategy.ts";
import { strategySchema } from "./strategy.ts";

const profile = (
  mapping: NatMapping,
  filtering: NatFiltering = "address-and-port-dependent",
  fields: Partial<NatProfile> = {},
): NatProfile => ({
  udp: "ok",
  mapping,
  filtering,
  publicEndpoints: [`198.51.100.${mapping.length}:40000`],
  confidence: 1,
  measuredAt: 0,
  ...fields,
});

const EIM = "endpoint-independent";
const ADF = "address-dependent";
const APD = "address-and-port-dependent";

const open = profile("none", EIM);
const firewalled = profile("none", APD);
const coneOpen = profile(EIM, EIM);
const coneAddress = profile(EIM, ADF);
const conePort = profile(EIM, APD);
const hard = profile(APD, APD);
const hardTolerant = profile(APD, ADF);
const blocked = profile("unknown", "unknown", { udp: "blocked" });
const unmeasured = profile("unknown", "unknown", { udp: "unknown", confidence: 0 });

/** The rows of the matrix that simultaneous sending alone opens. */
const OPENS: readonly (readonly [string, NatProfile, NatProfile, boolean])[] = [
  ["O × R", open, hard, true],
  ["F × F", firewalled, firewalled, true],
  ["F × E3", firewalled, conePort, true],
  ["F × R", firewalled, hard, false],
  ["E1 × R", coneOpen, hard, true],
  ["E2 × R", coneAddress, hard, true],
  ["E2 × Rf", coneAddress, hardTolerant, true],
  ["E3 × E3", conePort, conePort, true],
  ["E3 × R", conePort, hard, false],
  ["E3 × Rf", conePort, hardTolerant, false],
  ["R × R", hard, hard, false],
];

describe("a strategy", () => {
  test.each(OPENS)("%s: the chance says what the matrix says, whichever side asks", (_, a, b, opens) => {
    for (const { predictedChance } of [planStrategy(a, b), planStrategy(b, a)]) {
      if (opens) expect(predictedChance).toBeGreaterThanOrEqual(0.95);
      else expect(predictedChance).toBeLessThanOrEqual(0.05);
    }
  });

  test("promises nothing where UDP does not pass", () => {
    expect(planStrategy(blocked, coneOpen).predictedChance).toBe(0);
  });

  test("takes what is not known for typical, and believes a measurement by its confidence", () => {
    const guess = planStrategy(null, null).predictedChance;
    expect(guess).toBeGreaterThan(0.5);
    expect(guess).toBeLessThan(0.9);
    expect(planStrategy(unmeasured, null).predictedChance).toBeCloseTo(guess, 2);
    const doubtful = planStrategy({ ...hard, confidence: 0.5 }, conePort).predictedChance;
    expect(doubtful).toBeGreaterThan(planStrategy(hard, conePort).predictedChance);
    expect(doubtful).toBeLessThan(planStrategy(null, conePort).predictedChance);
  });

  test("is one that agents accept, and begins at the common start", () => {
    const strategy = planStrategy(conePort, hard);
    expect(strategySchema.safeParse(strategy).success).toBe(true);
    expect(strategy.stages).toMatchObject([{ kind: "simultaneous", startMs: 0, endMs: 3_000 }]);
  });
});

describe("the reason", () => {
  test.each<[string, NatProfile | null, NatProfile | null, Reason]>([
    ["own UDP blocked", blocked, coneOpen, { code: "udp_blocked_a", side: "self", measured: true }],
    ["the peer's UDP blocked", coneOpen, blocked, { code: "udp_blocked_b", side: "peer", measured: true }],
    [
      "blocked by a doubtful measurement",
      { ...blocked, confidence: 0.3 },
      coneOpen,
      { code: "udp_blocked_a", side: "self", measured: false },
    ],
    ["both change ports", hard, hard, { code: "both_symmetric", side: "both", measured: true }],
    [
      "own ports change, the peer filters by port",
      hard,
      conePort,
      { code: "symmetric_vs_port_restricted", side: "self", measured: true },
    ],
    [
      "the peer's ports change, own filter is by port",
      conePort,
      hard,
      { code: "symmetric_vs_port_restricted", side: "peer", measured: true },
    ],
    [
      "ports change, the other's filter is not known",
      hard,
      profile(EIM, "unknown"),
      { code: "symmetric_vs_port_restricted", side: "self", measured: false },
    ],
    [
      "nothing wrong with either",
      conePort,
      { ...coneOpen, publicEndpoints: ["192.0.2.9:1"] },
      { code: "probe_timeout", measured: true },
    ],
    [
      "both behind one public address",
      conePort,
      conePort,
      { code: "same_nat_no_hairpin", side: "both", measured: false },
    ],
    ["nothing known of the peer", conePort, null, { code: "unknown", measured: false }],
  ])("%s", (_, a, b, reason) => {
    expect(explainPair(a, b)).toEqual(reason);
    expect(reasonSchema.safeParse(explainPair(a, b)).success).toBe(true);
  });

  test("is none where nothing speaks against a path and nothing was tried", () => {
    expect(explainPair(conePort, { ...coneOpen, publicEndpoints: [] }, "none")).toBeNull();
    expect(explainPair(null, null, "none")).toBeNull();
    expect(explainPair(hard, hard, "none")).toMatchObject({ code: "both_symmetric" });
  });
});
