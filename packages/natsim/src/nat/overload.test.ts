// Linux: nf_nat_core.c, get_unique_tuple() and find_appropriate_src().
import { describe, expect, test } from "vitest";
import { LINUX_NAT } from "./presets.ts";
import { HOST, NatUnderTest, NEIGHBOUR, OTHER_ADDRESS, OTHER_PORT, SERVER } from "./testing.ts";

describe("a Linux NAT", () => {
  test("looks endpoint-independent: every remote sees the inside port", () => {
    const nat = new NatUnderTest(LINUX_NAT);
    expect([SERVER, OTHER_PORT, OTHER_ADDRESS].map((to) => nat.outPort(HOST, to))).toEqual([5_000, 5_000, 5_000]);
  });

  test("gives one port to two hosts, as long as they talk to different remotes", () => {
    const nat = new NatUnderTest(LINUX_NAT);
    expect([nat.outPort(HOST, SERVER), nat.outPort(NEIGHBOUR, OTHER_ADDRESS)]).toEqual([5_000, 5_000]);
    expect(nat.in(SERVER, "203.0.113.1:5000")).toBe(HOST);
    expect(nat.in(OTHER_ADDRESS, "203.0.113.1:5000")).toBe(NEIGHBOUR);
  });

  test("changes the port towards a remote where it clashes, and keeps the changed one for others", () => {
    const nat = new NatUnderTest(LINUX_NAT);
    nat.out(HOST, SERVER);
    const changed = nat.outPort(NEIGHBOUR, SERVER);
    expect(changed).not.toBe(5_000);
    expect(nat.outPort(NEIGHBOUR, OTHER_ADDRESS)).toBe(changed);
    // The first one is not disturbed.
    expect(nat.outPort(HOST, OTHER_ADDRESS)).toBe(5_000);
  });

  test("gives a port back when the session ends", () => {
    const nat = new NatUnderTest(LINUX_NAT);
    nat.out(HOST, SERVER);
    expect(nat.outPort(NEIGHBOUR, SERVER, 29_999)).not.toBe(5_000);
    const later = new NatUnderTest(LINUX_NAT);
    later.out(HOST, SERVER);
    expect(later.outPort(NEIGHBOUR, SERVER, 30_000)).toBe(5_000);
  });
});
