import { describe, expect, test } from "vitest";
import type { NatFiltering, NatMapping, NatProfile } from "../control/nat-profile.ts";
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

/** Rows of the matrix, and whether anything opens them. */
const OPENS: readonly (readonly [string, NatProfile, NatProfile, boolean])[] = [
  ["O × R", open, hard, true],
  ["F × F", firewalled, firewalled, true],
  ["F × E3", firewalled, conePort, true],
  ["F × R", firewalled, hard, true],
  ["E1 × R", coneOpen, hard, true],
  ["E2 × R", coneAddress, hard, true],
  ["E2 × Rf", coneAddress, hardTolerant, true],
  ["E3 × E3", conePort, conePort, true],
  ["E3 × R", conePort, hard, true],
  ["E3 × Rf", conePort, hardTolerant, true],
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
    const doubtful = planStrategy({ ...hard, confidence: 0.5 }, hard).predictedChance;
    expect(doubtful).toBeGreaterThan(planStrategy(hard, hard).predictedChance);
    expect(doubtful).toBeLessThan(planStrategy(null, hard).predictedChance);
  });

  test("is one that agents accept, and begins at the common start", () => {
    for (const strategy of [planStrategy(conePort, hard), planStrategy(conePort, conePort, { failures: 2 })]) {
      expect(strategySchema.safeParse(strategy).success).toBe(true);
      expect(strategy.stages[0]).toMatchObject({ kind: "simultaneous", startMs: 0, endMs: 3_000 });
    }
  });

  test("sprays only where the team lets it, and says what that costs", () => {
    const strategy = planStrategy(conePort, hard, { maySpray: false });
    expect(strategy.stages.map(({ kind }) => kind)).toEqual(["simultaneous"]);
    expect(strategy.predictedChance).toBeLessThan(0.05);
  });

  test("narrows a spray to the block that was seen, and stays within its budget", () => {
    const block = { ...hard, allocation: { kind: "random", first: 2_048, last: 3_071 } } as const;
    const [, spray] = planStrategy(block, conePort).stages;
    expect(spray).toMatchObject({ kind: "birthday", opener: "responder", ranges: [{ first: 2_048, last: 3_071 }] });
    if (spray?.kind !== "birthday") throw new Error("no spray");
    expect(Math.max(spray.holes, spray.sockets)).toBeLessThanOrEqual(200);
    expect(spray.holes * spray.sockets).toBeGreaterThan(8 * 1_024);
  });

  test("tries a fresh local port after a failure of what ought to work, another side's each time", () => {
    const shooters = [1, 2, 3].map((failures) => planStrategy(conePort, conePort, { failures }).stages[1]);
    expect(shooters).toMatchObject([
      { kind: "predict", shooter: "initiator" },
      { kind: "predict", shooter: "responder" },
      { kind: "predict", shooter: "both" },
    ]);
  });
});
