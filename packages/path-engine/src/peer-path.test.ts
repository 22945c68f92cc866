import type { PathType } from "@pinhole/protocol/control";
import { describe, expect, test } from "vitest";
import { Pair } from "./pair.ts";
import { PeerPath } from "./peer-path.ts";

describe("a relayed peer", () => {
  test("moves to the first pair that answers, whatever its kind", () => {
    const path = newHarness();
    const [punched] = path.pairs("punched");
    expect(path.pong(punched, 80)).toBe(true);
    expect(path.state()).toEqual({ active: punched, isSuspect: false });
  });

  test("has nothing to ping", () => {
    const { machine } = newHarness();
    expect([machine.tick(5), machine.nextDeadline(5)]).toEqual([
      { ping: false, suspected: false, lost: false },
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("a direct path", () => {
  test("is pinged twice a second while packets flow, and every fifteen seconds when not", () => {
    const path = newDirect();
    path.run(10_000, { isSending: true });
    expect(path.pings.length).toBe(20);
    path.run(60_000, { isSending: false });
    expect(path.pings.length - 20).toBeLessThanOrEqual(9);
    expect(path.state().isSuspect).toBe(false);
  });

  test("that stops answering is suspect within 1.1 s and lost a second later", () => {
    const path = newDirect();
    path.run(5_000, { isSending: true });
    const diedAt = path.now();
    path.run(4_000, { isSending: true, isAnswering: false });
    expect(path.suspectedAt - diedAt).toBeLessThanOrEqual(1_110);
    expect(path.lostAt - diedAt).toBeLessThanOrEqual(2_120);
    expect(path.state()).toEqual({ active: undefined, isSuspect: false });
  });

  // Both ends count their own misses: without this, the end that finds out first is answered into the dead path.
  test("is suspect as soon as the peer sends over the relay while a ping of ours is late", () => {
    const path = newDirect();
    path.run(5_000, { isSending: true });
    path.run(900, { isSending: true, isAnswering: false });
    expect(path.state().isSuspect).toBe(false);
    path.machine.corroborate(path.now());
    expect(path.state().isSuspect).toBe(true);
  });

  test("is not doubted because of the relay alone, while its pings are answered", () => {
    const path = newDirect();
    path.run(5_000, { isSending: true });
    path.machine.corroborate(path.now());
    path.run(300, { isSending: true });
    path.machine.corroborate(path.now());
    expect(path.state().isSuspect).toBe(false);
  });

  test("that loses one ping is not suspect", () => {
    const path = newDirect();
    path.run(5_000, { isSending: true });
    path.run(600, { isSending: true, isAnswering: false });
    path.run(5_000, { isSending: true });
    expect(path.suspectedAt).toBe(Number.POSITIVE_INFINITY);
  });

  test("that answers again while suspect is trusted again", () => {
    const path = newDirect();
    path.run(1_300, { isSending: true, isAnswering: false });
    expect(path.state().isSuspect).toBe(true);
    path.run(1_000, { isSending: true });
    expect(path.state()).toMatchObject({ isSuspect: false });
    expect(path.lostAt).toBe(Number.POSITIVE_INFINITY);
  });

  test("with a long round trip is given the time it takes", () => {
    const path = newDirect(1_200);
    path.run(60_000, { isSending: true });
    expect([path.suspectedAt, path.lostAt]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  test("yields at once to any pair that answers while it is suspect", () => {
    const path = newDirect(20);
    const [other] = path.pairs("punched");
    expect(path.pong(other, 200)).toBe(false);
    path.run(1_300, { isSending: true, isAnswering: false });
    expect(path.pong(other, 200)).toBe(true);
    expect(path.state()).toEqual({ active: other, isSuspect: false });
  });

  test("yields to a better kind after three pongs, without dwelling", () => {
    const path = newDirect(20);
    const [lan] = path.pairs("lan");
    expect([path.pong(lan, 1), path.machine.wantsConfirmation(lan, path.now())]).toEqual([false, true]);
    expect([path.pong(lan, 1), path.pong(lan, 1)]).toEqual([false, true]);
  });

  test("yields to a faster one of its kind after half a minute at the earliest", () => {
    const path = newDirect(50);
    const [faster] = path.pairs("punched");
    for (let n = 0; n < 5; n++) expect(path.pong(faster, 20)).toBe(false);
    path.run(30_000, { isSending: true });
    expect(path.pong(faster, 20)).toBe(true);
  });

  test("is asked again as soon as there is doubt, and kept if it answers", () => {
    const path = newDirect();
    path.machine.doubt(path.now());
    expect(path.state().isSuspect).toBe(true);
    path.run(200, { isSending: false });
    expect(path.state().isSuspect).toBe(false);
  });

  test("is looked past only for better kinds", () => {
    const path = newDirect();
    const [lan, ipv6, punched] = path.pairs("lan", "ipv6", "punched");
    expect([lan, ipv6, punched].map((pair) => path.machine.isUpgrade(pair))).toEqual([true, true, false]);
  });
});

function newDirect(rttMs = 50) {
  const path = newHarness();
  const [first] = path.pairs("punched");
  path.rttMs = rttMs;
  path.pong(first, rttMs);
  return path;
}

function newHarness() {
  const types = new Map<Pair, PathType>();
  const machine = new PeerPath((pair) => types.get(pair) ?? "punched");
  let now = 0;
  let ports = 0;
  const waiting: { at: number; pair: Pair; sentAt: number }[] = [];
  const harness = {
    machine,
    rttMs: 50,
    pings: [] as number[],
    suspectedAt: Number.POSITIVE_INFINITY,
    lostAt: Number.POSITIVE_INFINITY,
    now: () => now,
    state: () => ({ active: machine.active, isSuspect: machine.isSuspect }),
    pairs: <Types extends readonly PathType[]>(...wanted: Types) =>
      wanted.map((type) => {
        const pair = new Pair(0, { address: "203.0.113.5", port: ++ports }, "host");
        types.set(pair, type);
        return pair;
      }) as { [K in keyof Types]: Pair },
    /** A ping of `rttMs` ago is answered. */
    pong: (pair: Pair, rttMs: number): boolean => {
      pair.onPing(now);
      now += rttMs;
      pair.onPong(now - rttMs, now);
      return machine.onPong(pair, now);
    },
    run: (ms: number, { isSending = false, isAnswering = true }: { isSending?: boolean; isAnswering?: boolean }) => {
      const end = now + ms;
      let trafficAt = now;
      while (now < end) {
        if (isSending && now >= trafficAt) {
          machine.onTraffic(now);
          trafficAt += 1_000;
        }
        for (const due of waiting.splice(0).filter((one) => one.at > now || answer(one))) waiting.push(due);
        const { active } = machine;
        const { ping, suspected, lost } = machine.tick(now);
        if (suspected) harness.suspectedAt = now;
        if (lost) harness.lostAt = now;
        if (ping && active !== undefined) {
          active.onPing(now);
          harness.pings.push(now);
          if (isAnswering) waiting.push({ at: now + harness.rttMs, pair: active, sentAt: now });
        }
        now += 10;
      }
    },
  };
  const answer = ({ pair, sentAt }: { pair: Pair; sentAt: number }): false => {
    pair.onPong(sentAt, now);
    machine.onPong(pair, now);
    return false;
  };
  return harness;
}
