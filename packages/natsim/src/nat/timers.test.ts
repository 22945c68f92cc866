// RFC 4787 §4.3, and what NATs do about it.
import { describe, expect, test } from "vitest";
import { HOST, NatUnderTest, OTHER_ADDRESS, OTHER_PORT, SERVER } from "./testing.ts";

const TIMEOUTS = { unrepliedMs: 30_000, assuredMs: 120_000 };

describe("a session", () => {
  test("that is not answered is forgotten after the short time, an answered one after the long", () => {
    const nat = new NatUnderTest({ timeouts: TIMEOUTS });
    const outside = nat.out(HOST, SERVER);
    expect(nat.in(SERVER, outside, 29_999)).toBe(HOST);
    expect(nat.in(SERVER, outside, 149_998)).toBe(HOST);
    const silent = new NatUnderTest({ timeouts: TIMEOUTS });
    expect(silent.in(SERVER, silent.out(HOST, SERVER), 30_000)).toBe("unsolicited");
  });

  test("ends while its mapping lives, and the mapping's others with it do not", () => {
    const nat = new NatUnderTest({ timeouts: { ...TIMEOUTS, mappingMs: 300_000 } });
    const outside = nat.out(HOST, SERVER);
    nat.out(HOST, OTHER_ADDRESS, 20_000);
    expect(nat.in(SERVER, outside, 40_000)).toBe("unsolicited");
    expect(nat.in(OTHER_ADDRESS, outside, 40_000)).toBe(HOST);
    expect(nat.out(HOST, SERVER, 299_999)).toBe(outside);
  });

  test("that begins again on a mapping that lives is one, and was two", () => {
    const nat = new NatUnderTest({ timeouts: { ...TIMEOUTS, mappingMs: 300_000 } });
    nat.out(HOST, SERVER);
    nat.out(HOST, SERVER, 31_000);
    expect(nat.nat.usage()).toEqual({ mappingsMade: 1, sessionsMade: 2, sessions: 1 });
  });

  test("of address-dependent filtering holds for every port of the address as long as any of them", () => {
    const nat = new NatUnderTest({ filtering: "address-dependent", timeouts: { ...TIMEOUTS, mappingMs: 300_000 } });
    const outside = nat.out(HOST, SERVER);
    nat.out(HOST, OTHER_PORT, 20_000);
    expect(nat.in(SERVER, outside, 45_000)).toBe(HOST);
    expect(nat.in(OTHER_ADDRESS, outside, 45_000)).toBe("unsolicited");
  });
});

describe("refresh", () => {
  test.each([
    ["out", "unsolicited"],
    ["in", HOST],
    ["both", HOST],
  ] as const)("by packets %s: after packets in only, a minute in, %s", (refresh, expected) => {
    const nat = new NatUnderTest({ refresh, timeouts: { unrepliedMs: 30_000, assuredMs: 30_000 } });
    const outside = nat.out(HOST, SERVER);
    nat.in(SERVER, outside, 25_000);
    expect(nat.in(SERVER, outside, 50_000)).toBe(expected);
  });

  test.each([
    ["out", HOST],
    ["in", "unsolicited"],
    ["both", HOST],
  ] as const)("by packets %s: after packets out only, a minute in, %s", (refresh, expected) => {
    const nat = new NatUnderTest({ refresh, timeouts: { unrepliedMs: 30_000, assuredMs: 30_000 } });
    const outside = nat.out(HOST, SERVER);
    nat.out(HOST, SERVER, 25_000);
    expect(nat.in(SERVER, outside, 50_000)).toBe(expected);
  });
});

describe("a mapping", () => {
  test("without refresh ends, and the next packet has another port", () => {
    const nat = new NatUnderTest({ timeouts: { ...TIMEOUTS, mappingMs: 60_000 } });
    const first = nat.out(HOST, SERVER);
    expect(nat.out(HOST, SERVER, 59_999)).toBe(first);
    expect(nat.out(HOST, SERVER, 119_999)).not.toBe(first);
  });

  test("with an absolute lifetime ends however busy it is", () => {
    const nat = new NatUnderTest({ timeouts: { ...TIMEOUTS, absoluteMs: 60_000 } });
    const first = nat.out(HOST, SERVER);
    for (let now = 1_000; now < 60_000; now += 1_000) {
      expect(nat.out(HOST, SERVER, now)).toBe(first);
      expect(nat.in(SERVER, first, now)).toBe(HOST);
    }
    expect(nat.in(SERVER, first, 60_000)).toBe("unsolicited");
    expect(nat.out(HOST, SERVER, 60_000)).not.toBe(first);
  });

  test("gives its port back when it ends", () => {
    const nat = new NatUnderTest({ allocation: { kind: "random", range: [2_000, 2_000] } });
    expect(nat.outPort(HOST, SERVER)).toBe(2_000);
    expect(nat.out("192.168.1.3:5000", SERVER, 10_000)).toBe("no-port");
    expect(nat.outPort("192.168.1.3:5000", SERVER, 30_000)).toBe(2_000);
  });
});

test("what is over is cleared away: a day of new sockets leaves no more state than a minute of them", () => {
  const nat = new NatUnderTest({ mapping: "address-and-port-dependent" });
  let now = 0;
  for (let n = 0; n < 20_000; n++, now += 1_000) nat.out(`192.168.1.2:${1_024 + (n % 60_000)}`, SERVER, now);
  expect(nat.nat.usage()).toMatchObject({ mappingsMade: 20_000, sessionsMade: 20_000 });
  expect(nat.nat.usage().sessions).toBeLessThan(300);
});
