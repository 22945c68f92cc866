import { describe, expect, test } from "vitest";
import { mayProbe, parsePrefixes, publicAddresses } from "./may-probe.ts";

test("prefixes are read as interfaces show them, and what is none is left out", () => {
  expect(
    parsePrefixes(["192.168.1.7/24", "2001:db8::5/64", "10.0.0.0/33", "nonsense", "10.0.0.1", "fd00::/x"]),
  ).toEqual([
    { address: "192.168.1.0", length: 24 },
    { address: "2001:db8::", length: 64 },
  ]);
});

test("public addresses are those that servers see, not those of interfaces", () => {
  const candidates = [
    { kind: "host", endpoint: "192.168.1.2:5" },
    { kind: "server-reflexive", endpoint: "203.0.113.1:5" },
  ] as const;
  expect([...publicAddresses(candidates, null)]).toEqual(["203.0.113.1"]);
});

describe("an endpoint that a peer names", () => {
  const nobody = new Set<string>();
  const self = {
    connected: parsePrefixes(["192.168.1.7/24", "fd12::1/64"]),
    denied: parsePrefixes(["100.90.0.0/16"]),
    publicAddresses: new Set(["203.0.113.1"]),
  };
  test.each([
    ["192.168.1.99", true],
    ["192.168.2.99", false],
    ["100.70.0.1", false],
    ["100.90.0.1", false],
    ["fd12::99", true],
    ["fd13::99", false],
    ["203.0.113.77", true],
    ["2001:db8::1", true],
    ["fe80::1", false],
    ["::1", false],
  ])("%s is probed: %s", (address, expected) => {
    expect(mayProbe({ address, port: 9 }, self, nobody)).toBe(expected);
  });

  test("in a private network is probed when the peer shares our public address", () => {
    expect(mayProbe({ address: "192.168.2.99", port: 9 }, self, new Set(["203.0.113.1"]))).toBe(true);
    expect(mayProbe({ address: "100.90.0.1", port: 9 }, self, new Set(["203.0.113.1"])), "never the overlay").toBe(
      false,
    );
  });
});
