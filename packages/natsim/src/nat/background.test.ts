import { describe, expect, test } from "vitest";
import { CLASSIC_NATS } from "./presets.ts";
import { HOST, NatUnderTest } from "./testing.ts";

const SEQUENTIAL = { ...CLASSIC_NATS["PD-PC-PD"], allocation: { kind: "sequential", start: 2_000 } } as const;

describe("foreign allocations", () => {
  test("follow each of ours with their share", () => {
    const ports = allocate({ ...SEQUENTIAL, background: { share: 0.2 } }, { count: 4_000, everyMs: 0 });
    const steps = ports.slice(1).map((port, n) => port - ports[n]!);
    // Of every five allocations one is foreign: 1 / (1 - 0.2) steps between ours.
    expect(mean(steps)).toBeCloseTo(1.25, 1);
    expect(steps.filter((step) => step === 1).length / steps.length).toBeCloseTo(0.8, 1);
    expect(Math.max(...steps)).toBeGreaterThan(2);
  });

  test("come at their rate, however rarely we allocate", () => {
    const steps = (everyMs: number, count: number): number[] => {
      const ports = allocate({ ...SEQUENTIAL, background: { perSecond: 35 } }, { count, everyMs });
      return ports.slice(1).map((port, n) => port - ports[n]!);
    };
    expect(mean(steps(10, 2_000))).toBeCloseTo(1.35, 1);
    expect(mean(steps(1_000, 300))).toBeGreaterThan(34);
    expect(mean(steps(1_000, 300))).toBeLessThan(38);
  });

  test("of a long silence cost no more than those that still hold their ports", () => {
    const [first = 0, second = 0] = allocate(
      { ...SEQUENTIAL, background: { perSecond: 1_000 } },
      { count: 2, everyMs: 40_000 },
    );
    // 40,000 of them; the first 10,000 have given their ports back, and moved the counter on all the same.
    expect(second - first).toBeGreaterThan(39_000);
    expect(second - first).toBeLessThan(41_000);
  });

  test("take random ports away, and give them back", () => {
    const nat = new NatUnderTest({
      allocation: { kind: "random", range: [2_000, 2_009] },
      mapping: "address-and-port-dependent",
      background: { share: 0.999 },
    });
    expect(nat.out(HOST, "198.51.100.1:1")).toMatch(/^203/);
    expect(nat.out(HOST, "198.51.100.1:2", 1)).toBe("no-port");
    expect(nat.out(HOST, "198.51.100.1:3", 30_001)).toMatch(/^203/);
  });
});

function allocate(
  options: ConstructorParameters<typeof NatUnderTest>[0],
  { count, everyMs }: { readonly count: number; readonly everyMs: number },
): number[] {
  const nat = new NatUnderTest(options);
  return Array.from({ length: count }, (_, n) => nat.outPort(HOST, `198.51.100.1:${n + 1}`, n * everyMs));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
