import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RelayPulse } from "./relay-pulse.ts";

const SECOND = 1_000;

describe("a relay's pulse", () => {
  test("is taken four times in a row, then every ten seconds while nothing passes", () => {
    const relay = new Relay({ rttMs: 40 });
    relay.run(60 * SECOND);
    expect(relay.pings.slice(0, 4)).toEqual([0, 40, 80, 120]);
    expect(relay.pings.slice(4, 6)).toEqual([120 + 10 * SECOND, 120 + 20 * SECOND]);
    expect(relay.pulse.rttMs).toBe(40);
    expect(relay.isDead).toBe(false);
  });

  test("follows the distance, and what a queue adds to it for a moment does not", () => {
    const relay = new Relay({ rttMs: 40 });
    relay.run(100);
    expect(relay.pulse.rttMs).toBeUndefined();
    relay.run(30 * SECOND);
    relay.rttMs = 400;
    relay.run(10 * SECOND);
    relay.rttMs = 40;
    relay.run(10 * SECOND);
    expect(relay.pulse.rttMs).toBe(40);
    relay.rttMs = 80;
    relay.run(80 * SECOND);
    expect(relay.pulse.rttMs).toBe(80);
    relay.rttMs = 30;
    relay.run(10 * SECOND);
    expect(relay.pulse.rttMs).toBe(30);
  });

  // The bound of two seconds, from the last word to another relay.
  test.each([20, 100, 180])("that stops while packets pass is suspect within 1.2 s at %d ms", (rttMs) => {
    for (let phase = 0; phase < SECOND; phase += 37) {
      const relay = new Relay({ rttMs, packetEveryMs: 100 });
      relay.run(20 * SECOND + phase);
      expect(relay.suspectAt).toBeUndefined();
      relay.isAlive = false;
      const stoppedAt = relay.now;
      relay.run(3 * SECOND);
      expect(relay.suspectAt! - stoppedAt, `phase ${phase}`).toBeLessThanOrEqual(1_000 + rttMs);
    }
  });

  test("that stopped while nothing passed is suspect soon after the first packet", () => {
    const relay = new Relay({ rttMs: 40 });
    relay.run(12 * SECOND);
    relay.isAlive = false;
    relay.run(3 * SECOND);
    relay.packetEveryMs = 100;
    const startedAt = relay.now;
    relay.run(3 * SECOND);
    expect(relay.suspectAt! - startedAt).toBeLessThanOrEqual(1_000);
  });

  test("is dead five seconds after the question that nobody answered", () => {
    const relay = new Relay({ rttMs: 40, packetEveryMs: 100 });
    relay.run(20 * SECOND);
    relay.isAlive = false;
    relay.run(4_900);
    expect(relay.isDead).toBe(false);
    relay.run(1_000);
    expect(relay.isDead).toBe(true);
  });

  test("that is slow only is suspect until its answer is there, and lives on", () => {
    const relay = new Relay({ rttMs: 40, packetEveryMs: 100 });
    relay.run(20 * SECOND);
    relay.rttMs = 1_200;
    relay.run(30 * SECOND);
    expect(relay.suspectAt).toBeDefined();
    expect(relay.pulse.isSuspect(relay.now)).toBe(false);
    expect(relay.isDead).toBe(false);
  });

  test("that sends packets is not asked but for its distance", () => {
    const relay = new Relay({ rttMs: 40, packetEveryMs: 100, heardEveryMs: 100 });
    relay.run(65 * SECOND);
    expect(relay.pings.length).toBeLessThanOrEqual(4 + 6);
  });

  test("never asks twice without an answer in between, nor waits past its deadline, whatever comes when", () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.constantFrom("heard", "passed", "pong", "nothing"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 0;
        const pulse = new RelayPulse(now);
        let isAsked = false;
        for (const [ms, what] of steps) {
          now += ms;
          if (what === "heard" || what === "pong") {
            pulse.onHeard(now);
            isAsked = false;
          }
          if (what === "pong") pulse.onPong(now);
          if (what === "passed") pulse.onPassed(now);
          const { ping, isDead } = pulse.tick(now);
          if (isDead) return;
          expect(ping && isAsked).toBe(false);
          isAsked ||= ping;
          expect(pulse.nextDeadline(now)).toBeGreaterThan(now - 1);
        }
      }),
    );
  });
});

/** The other end, and the owner's timer. */
class Relay {
  readonly pulse = new RelayPulse(0);
  readonly pings: number[] = [];
  now = 0;
  isAlive = true;
  isDead = false;
  suspectAt: number | undefined;
  rttMs: number;
  packetEveryMs: number | undefined;
  heardEveryMs: number | undefined;
  readonly #pongsAt: number[] = [];

  constructor({
    rttMs,
    packetEveryMs,
    heardEveryMs,
  }: { rttMs: number; packetEveryMs?: number; heardEveryMs?: number }) {
    this.rttMs = rttMs;
    this.packetEveryMs = packetEveryMs;
    this.heardEveryMs = heardEveryMs;
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end && !this.isDead; this.now++) {
      const { now } = this;
      if (this.packetEveryMs !== undefined && now % this.packetEveryMs === 0) this.pulse.onPassed(now);
      if (this.isAlive && this.heardEveryMs !== undefined && now % this.heardEveryMs === 0) this.pulse.onHeard(now);
      if (this.#pongsAt[0] !== undefined && this.#pongsAt[0] <= now) {
        this.#pongsAt.shift();
        if (this.isAlive) {
          this.pulse.onHeard(now);
          this.pulse.onPong(now);
        }
      }
      if (this.pulse.isSuspect(now)) this.suspectAt ??= now;
      // A packet that leaves reschedules, as anything that is heard does.
      const { ping, isDead } = this.pulse.tick(now);
      this.isDead = isDead;
      if (!ping) continue;
      this.pings.push(now);
      this.#pongsAt.push(now + this.rttMs);
    }
  }
}
