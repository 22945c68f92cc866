import { describe, expect, test } from "vitest";
import { HOST, NatUnderTest, OTHER_ADDRESS, SERVER } from "./testing.ts";

const EXPIRED = { kind: "time-exceeded" } as const;

describe("an ICMP error from outside", () => {
  test("finds the host whose packet it quotes, and nobody otherwise", () => {
    const nat = new NatUnderTest({});
    const outside = nat.out(HOST, SERVER);
    expect(nat.icmpAbout(outside, SERVER, { icmp: EXPIRED, now: 1 })).toBe(HOST);
    expect(nat.icmpAbout(outside, OTHER_ADDRESS, { icmp: EXPIRED, now: 1 })).toBe("unsolicited");
    expect(nat.icmpAbout(outside, SERVER, { icmp: EXPIRED, now: 30_000 })).toBe("unsolicited");
  });

  test("of time exceeded ends a mapping only where the NAT is that broken", () => {
    for (const timeExceededKills of [false, true]) {
      const nat = new NatUnderTest({ timeExceededKills });
      const outside = nat.out(HOST, SERVER);
      nat.icmpAbout(outside, SERVER, { icmp: EXPIRED, now: 1 });
      expect(nat.in(SERVER, outside, 2)).toBe(timeExceededKills ? "unsolicited" : HOST);
    }
  });

  test("of another kind ends none", () => {
    const nat = new NatUnderTest({ timeExceededKills: true });
    const outside = nat.out(HOST, SERVER);
    nat.icmpAbout(outside, SERVER, { icmp: { kind: "port-unreachable" }, now: 1 });
    expect(nat.in(SERVER, outside, 2)).toBe(HOST);
  });

  test("keeps nothing alive", () => {
    const nat = new NatUnderTest({});
    const outside = nat.out(HOST, SERVER);
    nat.icmpAbout(outside, SERVER, { icmp: { kind: "port-unreachable" }, now: 29_999 });
    expect(nat.in(SERVER, outside, 30_000)).toBe("unsolicited");
  });
});

test("an ICMP error from inside leaves by the mapping of what it quotes, and makes none", () => {
  const nat = new NatUnderTest({});
  expect(nat.icmpFrom(HOST, SERVER)).toBe("unsolicited");
  const outside = nat.out(HOST, SERVER);
  expect([nat.icmpFrom(HOST, SERVER), nat.icmpFrom(HOST, OTHER_ADDRESS)]).toEqual([outside, "unsolicited"]);
});
