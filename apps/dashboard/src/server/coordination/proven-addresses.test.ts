import { describe, expect, test } from "vitest";
import { ProvenAddresses } from "./proven-addresses.ts";

describe("addresses that the server has seen a device at", () => {
  test("are forgotten an hour after they were last proven", () => {
    const proven = new ProvenAddresses("127.0.0.1");
    proven.add("198.51.100.7", at(0));
    proven.add("198.51.100.8", at(30));
    proven.add("198.51.100.7", at(50));
    expect(proven.at(at(89))).toEqual(["198.51.100.7", "198.51.100.8"]);
    expect(proven.at(at(91))).toEqual(["198.51.100.7"]);
    expect(proven.at(at(111))).toEqual([]);
  });

  test("are eight at most, the latest ones", () => {
    const proven = new ProvenAddresses("203.0.113.1");
    for (let i = 0; i < 300; i++) proven.add(`198.51.100.${i % 250}`, at(0));
    expect(proven.at(at(1))).toEqual([49, 48, 47, 46, 45, 44, 43, 42].map((last) => `198.51.100.${last}`));
  });

  test("have the control session's source among them, once, where that is a public address", () => {
    for (const source of ["203.0.113.1", "2a01:4f8::1"]) {
      const proven = new ProvenAddresses(source);
      expect(proven.at(at(0))).toEqual([source]);
      proven.add(source, at(0));
      expect(proven.at(at(0))).toEqual([source]);
    }
  });

  // A reverse proxy, a neighbour on the LAN or a carrier's inside: not where a peer's packets would go.
  test.each([
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.1.1",
    "fd00::1",
    "fe80::1",
    "unknown",
  ])("do not have the source %s among them", (source) => {
    expect(new ProvenAddresses(source).at(at(0))).toEqual([]);
  });
});

const at = (minutes: number) => new Date(minutes * 60_000);
