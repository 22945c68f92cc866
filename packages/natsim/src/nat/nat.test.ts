import { describe, expect, test } from "vitest";
import { HOST, NatUnderTest, NEIGHBOUR, OTHER_ADDRESS, OTHER_PORT, PUBLIC, SERVER } from "./testing.ts";

describe("mapping", () => {
  test.each([
    ["endpoint-independent", [true, true]],
    ["address-dependent", [true, false]],
    ["address-and-port-dependent", [false, false]],
  ] as const)("%s keeps the endpoint for another port and another address: %j", (mapping, expected) => {
    const nat = new NatUnderTest({ mapping });
    const first = nat.out(HOST, SERVER);
    expect(nat.out(HOST, SERVER)).toBe(first);
    expect([OTHER_PORT, OTHER_ADDRESS].map((to) => nat.out(HOST, to) === first)).toEqual(expected);
  });

  test("none is a firewall: nothing is translated", () => {
    const nat = new NatUnderTest({ mapping: "none" });
    expect([nat.out(HOST, SERVER), nat.in(SERVER, HOST), nat.in(OTHER_PORT, HOST)]).toEqual([
      HOST,
      HOST,
      "unsolicited",
    ]);
  });

  test("of two hosts with the same port are two", () => {
    const nat = new NatUnderTest({});
    const own = nat.out(HOST, SERVER);
    const neighbours = nat.out(NEIGHBOUR, SERVER);
    expect(neighbours).not.toBe(own);
    expect([nat.in(SERVER, own), nat.in(SERVER, neighbours)]).toEqual([HOST, NEIGHBOUR]);
  });

  test("is lost in a reboot, and has another address after a change of address", () => {
    const nat = new NatUnderTest({});
    const before = nat.out(HOST, SERVER);
    nat.nat.reset([nat.id("203.0.113.9")]);
    expect(nat.in(SERVER, before)).toBe("unsolicited");
    expect(nat.out(HOST, SERVER)).toMatch(/^203\.0\.113\.9:/);
  });

  test("can be looked at", () => {
    const nat = new NatUnderTest({ filtering: "address-dependent" });
    nat.out(HOST, SERVER);
    nat.out(HOST, OTHER_ADDRESS, 10);
    const [mapping, ...others] = [...nat.nat.mappings(20)];
    expect(others).toEqual([]);
    expect([mapping?.createdAt, mapping?.expiresAt, mapping?.sessions.size]).toEqual([0, 30_010, 2]);
    expect(nat.nat.usage(nat.id("192.168.1.2"))).toEqual({ mappingsMade: 1, sessionsMade: 2, sessions: 2 });
    expect([...nat.nat.mappings(30_010)]).toEqual([]);
  });
});

describe("filtering", () => {
  test.each([
    ["endpoint-independent", [true, true, true]],
    ["address-dependent", [true, true, false]],
    ["address-and-port-dependent", [true, false, false]],
  ] as const)("%s lets in the one asked, another port, another address: %j", (filtering, expected) => {
    const nat = new NatUnderTest({ filtering });
    const outside = nat.out(HOST, SERVER);
    expect([SERVER, OTHER_PORT, OTHER_ADDRESS].map((from) => nat.in(from, outside, 1) === HOST)).toEqual(expected);
  });

  test("lets nobody in where nothing was sent out", () => {
    expect(new NatUnderTest({}).in(SERVER, `${PUBLIC}:5000`)).toBe("unsolicited");
  });
});

describe("pooling", () => {
  const addresses = Array.from({ length: 8 }, (_, n) => `203.0.113.${n}`);
  const addressesOf = (pooling: "paired" | "arbitrary"): number => {
    const nat = new NatUnderTest({ mapping: "address-and-port-dependent", pooling }, { addresses });
    return new Set(Array.from({ length: 50 }, (_, n) => nat.out(HOST, `198.51.100.1:${n + 1}`).split(":")[0])).size;
  };

  test("paired gives a host one public address, arbitrary any for each mapping", () => {
    expect(addressesOf("paired")).toBe(1);
    expect(addressesOf("arbitrary")).toBeGreaterThan(4);
  });

  test("paired gives different hosts different ones", () => {
    const nat = new NatUnderTest({ pooling: "paired" }, { addresses });
    const used = Array.from({ length: 30 }, (_, n) => nat.out(`192.168.1.${n + 2}:5000`, SERVER).split(":")[0]);
    expect(new Set(used).size).toBeGreaterThan(4);
  });
});

describe("what a NAT refuses", () => {
  test("is UDP altogether, a payload, or what came in pieces", () => {
    expect(new NatUnderTest({ blocksUdp: true }).out(HOST, SERVER)).toBe("udp-blocked");
    const dropsPayload = (bytes: Uint8Array, direction: string): boolean => bytes.length === 4 && direction === "in";
    const nat = new NatUnderTest({ dropsPayload });
    const outside = nat.out(HOST, SERVER);
    expect(nat.in(SERVER, outside)).toBe("payload");
  });
});
