import type { PathType } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { type Contender, isBetter } from "./path-preference.ts";
import { ProbeStats } from "./probe-stats.ts";

const NOW = 100_000;

describe("of two verified pairs", () => {
  test.each([
    { type: "punched", rttMs: 94, than: "punched", at: 100, better: false },
    { type: "punched", rttMs: 84, than: "punched", at: 100, better: true },
    { type: "punched", rttMs: 6, than: "punched", at: 10, better: false },
    { type: "punched", rttMs: 4, than: "punched", at: 10, better: true },
    { type: "lan", rttMs: 14, than: "punched", at: 10, better: true },
    { type: "lan", rttMs: 16, than: "punched", at: 10, better: false },
    { type: "ipv6", rttMs: 110, than: "punched", at: 100, better: true },
    { type: "punched", rttMs: 80, than: "ipv6", at: 100, better: false },
    { type: "punched", rttMs: 65, than: "ipv6", at: 100, better: true },
  ] as const)("$type at $rttMs ms is better than $than at $at ms: $better", ({ type, rttMs, than, at, better }) => {
    expect(isBetter(contender(type, rttMs), contender(than, at), NOW)).toBe(better);
  });

  test("one is never better than another that is better than it", () => {
    const types = ["lan", "ipv6", "punched"] as const;
    for (const one of types) {
      for (const other of types) {
        for (let a = 1; a <= 61; a += 3) {
          for (let b = 1; b <= 61; b += 2) {
            const [x, y] = [contender(one, a), contender(other, b)];
            expect(isBetter(x, y, NOW) && isBetter(y, x, NOW), `${one} ${a}, ${other} ${b}`).toBe(false);
          }
        }
      }
    }
  });

  test("one quick pong does not make the better one", () => {
    expect(isBetter(contender("lan", 1, { samples: 2 }), contender("punched", 100), NOW)).toBe(false);
  });

  test("heavy loss counts against the faster, and chance does not", () => {
    expect(isBetter(contender("punched", 60), contender("punched", 50, { lostOf20: 8 }), NOW)).toBe(true);
    expect(isBetter(contender("punched", 60), contender("punched", 50, { lostOf20: 4 }), NOW)).toBe(false);
  });
});

function contender(type: PathType, rttMs: number, { samples = 3, lostOf20 = 0 } = {}): Contender {
  const stats = new ProbeStats();
  for (let n = 0; n < samples; n++) stats.onPong(0, rttMs);
  for (let n = 0; n < 20; n++) {
    stats.onPing(n);
    if (n >= lostOf20) stats.onPong(n, n + rttMs);
  }
  if (samples >= 3) return { type, stats };
  const few = new ProbeStats();
  for (let n = 0; n < samples; n++) few.onPong(0, rttMs);
  return { type, stats: few };
}
