import { describe, expect, test } from "vitest";
import { HOST, NatUnderTest, NEIGHBOUR, SERVER } from "./testing.ts";

const remote = (n: number): string => `198.51.100.${n}:1000`;

describe("a full table", () => {
  test("takes no more sessions, until some end", () => {
    const nat = new NatUnderTest({ limits: { maxSessions: 3 } });
    for (const n of [1, 2, 3]) nat.out(HOST, remote(n), n * 1_000);
    expect(nat.out(HOST, remote(4), 4_000)).toBe("session-limit");
    expect(nat.out(HOST, remote(3), 4_000)).toMatch(/^203/);
    expect(nat.out(HOST, remote(4), 31_000)).toMatch(/^203/);
  });

  test("may push out the session that was used longest ago", () => {
    const nat = new NatUnderTest({ limits: { maxSessions: 3, whenFull: "evict-oldest" } });
    const outside = [1, 2, 3].map((n) => nat.out(HOST, remote(n), n))[0]!;
    nat.out(HOST, remote(1), 10);
    nat.out(HOST, remote(4), 20);
    expect([1, 2, 3, 4].map((n) => nat.in(remote(n), outside, 30))).toEqual([HOST, "unsolicited", HOST, HOST]);
  });

  test("may make the router start anew", () => {
    const nat = new NatUnderTest({ limits: { maxSessions: 2, whenFull: "reboot" } });
    const outside = [1, 2].map((n) => nat.out(HOST, remote(n)))[0]!;
    expect(nat.out(HOST, remote(3), 1)).toBe("rebooted");
    expect(nat.in(remote(1), outside, 2)).toBe("unsolicited");
    expect(nat.out(HOST, remote(3), 3)).toMatch(/^203/);
  });

  test("counts sessions that come in through an open filter too", () => {
    const nat = new NatUnderTest({ filtering: "endpoint-independent", limits: { maxSessions: 2 } });
    const outside = nat.out(HOST, remote(1));
    expect([2, 3].map((n) => nat.in(remote(n), outside))).toEqual([HOST, "session-limit"]);
  });
});

test("a host's quota is its own", () => {
  const nat = new NatUnderTest({ limits: { sessionsPerHost: 2 } });
  expect([1, 2, 3].map((n) => nat.out(HOST, remote(n)))[2]).toBe("host-quota");
  expect(nat.out(NEIGHBOUR, remote(1))).toMatch(/^203/);
  expect(nat.out(HOST, remote(3), 30_000)).toMatch(/^203/);
});

test("mappings are made at a limited rate, and those that stand are used all the while", () => {
  const nat = new NatUnderTest({ limits: { newMappings: { perSecond: 10, burst: 2 } } });
  const made = [1, 2, 3].map((n) => nat.out(`192.168.1.2:${n}`, SERVER));
  expect(made[2]).toBe("mapping-rate");
  expect(nat.out("192.168.1.2:1", remote(9))).toBe(made[0]);
  expect(nat.out("192.168.1.2:3", SERVER, 100)).toMatch(/^203/);
  expect(nat.out("192.168.1.2:4", SERVER, 100)).toBe("mapping-rate");
});

test("a block's ports are a quota too", () => {
  const allocation = { kind: "block", size: 2, maxBlocks: 2, within: "random" } as const;
  const nat = new NatUnderTest({ mapping: "address-and-port-dependent", allocation });
  expect([1, 2, 3, 4, 5].map((n) => nat.out(HOST, remote(n)))[4]).toBe("no-port");
});
