import { describe, expect, test } from "vitest";
import { CLASSIC_NATS, LINUX_NAT } from "./presets.ts";
import { HOST, NatUnderTest, OTHER_ADDRESS, OTHER_PORT, PUBLIC, SERVER } from "./testing.ts";

const STRANGER = "198.51.100.66:6000";
const CONFIRM = { kind: "confirm", forMs: 30_000 } as const;

describe.each([
  ["Linux", LINUX_NAT],
  ["endpoint-independent", CLASSIC_NATS["EI-PP-PD"]],
])("a packet that comes before ours, to a %s NAT that keeps it in mind", (_, kind) => {
  const poisoned = () => {
    const nat = new NatUnderTest({ ...kind, unsolicited: CONFIRM });
    const outside = nat.out(HOST, SERVER);
    expect(nat.in(STRANGER, outside, 1)).toBe("unsolicited");
    return { nat, outside };
  };

  test("makes ours to that stranger leave from another port, for good", () => {
    const { nat, outside } = poisoned();
    const diverted = nat.out(HOST, STRANGER, 2);
    expect(diverted).toMatch(/^203/);
    expect(diverted).not.toBe(outside);
    expect(nat.out(HOST, STRANGER, 20_000)).toBe(diverted);
    expect(nat.in(STRANGER, diverted, 20_001)).toBe(HOST);
    expect(nat.out(HOST, SERVER, 20_001)).toBe(outside);
  });

  test("does nothing to others: not even to the stranger's other ports", () => {
    const { nat, outside } = poisoned();
    expect([nat.out(HOST, OTHER_ADDRESS, 2), nat.out(HOST, "198.51.100.66:6001", 2)]).toEqual([outside, outside]);
  });

  test("is forgotten in time, unless another one comes", () => {
    const { nat, outside } = poisoned();
    nat.out(HOST, SERVER, 29_000);
    expect(nat.out(HOST, STRANGER, 30_001)).toBe(outside);
    const again = poisoned();
    again.nat.out(HOST, SERVER, 29_000);
    expect(again.nat.in(STRANGER, again.outside, 29_000)).toBe("poisoned");
    expect(again.nat.out(HOST, STRANGER, 58_000)).not.toBe(again.outside);
  });

  test("does nothing where ours has left before it arrives", () => {
    const nat = new NatUnderTest({ ...kind, unsolicited: CONFIRM });
    const outside = nat.out(HOST, STRANGER);
    expect([nat.in(STRANGER, outside, 1), nat.out(HOST, STRANGER, 2)]).toEqual([HOST, outside]);
  });
});

test("a Linux NAT that was poisoned uses the port it was driven to from then on, towards whomever is next", () => {
  const nat = new NatUnderTest({ ...LINUX_NAT, unsolicited: CONFIRM });
  nat.out(HOST, SERVER);
  nat.in(STRANGER, `${PUBLIC}:5000`);
  const diverted = nat.out(HOST, STRANGER);
  expect([nat.out(HOST, OTHER_ADDRESS), nat.out(HOST, SERVER)]).toEqual([diverted, `${PUBLIC}:5000`]);
});

test("a port that a stranger holds is not given to a mapping for that stranger", () => {
  const nat = new NatUnderTest({
    mapping: "address-and-port-dependent",
    allocation: { kind: "random", range: [2_000, 2_001] },
    unsolicited: CONFIRM,
  });
  nat.in(STRANGER, `${PUBLIC}:2000`);
  expect(nat.outPort(HOST, STRANGER)).toBe(2_001);
});

describe("a NAT that forgets it", () => {
  test.each([{ kind: "drop" }, { kind: "reject" }] as const)("(%j) keeps its port", (unsolicited) => {
    const nat = new NatUnderTest({ ...LINUX_NAT, unsolicited });
    nat.out(HOST, SERVER);
    expect(nat.in(STRANGER, `${PUBLIC}:5000`)).toBe("unsolicited");
    expect(nat.outPort(HOST, STRANGER)).toBe(5_000);
  });

  test("because it translates nothing cannot be poisoned", () => {
    const nat = new NatUnderTest({ mapping: "none", unsolicited: CONFIRM });
    expect([nat.in(STRANGER, HOST), nat.out(HOST, STRANGER), nat.in(STRANGER, HOST)]).toEqual([
      "unsolicited",
      HOST,
      HOST,
    ]);
  });
});

test("a NAT that shuts strangers out shuts their whole address out, for a while", () => {
  const nat = new NatUnderTest({ unsolicited: { kind: "blacklist", forMs: 60_000 } });
  const outside = nat.out(HOST, SERVER);
  expect(nat.in(OTHER_PORT, outside)).toBe("unsolicited");
  expect(nat.in(SERVER, outside, 1)).toBe("blacklisted");
  nat.out(HOST, SERVER, 29_000);
  nat.out(HOST, SERVER, 58_000);
  expect([nat.in(SERVER, outside, 59_999), nat.in(SERVER, outside, 60_000)]).toEqual(["blacklisted", HOST]);
});
