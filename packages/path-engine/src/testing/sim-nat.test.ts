import { describe, expect, test } from "vitest";
import { SeededRandom } from "./seeded-random.ts";
import { NAT, type NatKind, SimNat } from "./sim-nat.ts";

const inside = { address: "192.168.1.2", port: 5_000 };
const server = { address: "198.51.100.1", port: 3_478 };
const otherPort = { ...server, port: 3_479 };
const otherAddress = { ...server, address: "198.51.100.2" };

describe("mapping", () => {
  test.each([
    ["endpoint-independent", [true, true]],
    ["address-dependent", [true, false]],
    ["address-and-port-dependent", [false, false]],
  ] as const)("%s keeps the endpoint for another port and another address: %j", (mapping, expected) => {
    const nat = newNat({ mapping, allocation: "random" });
    const first = nat.outbound(inside, server, 0);
    expect([otherPort, otherAddress].map((to) => nat.outbound(inside, to, 0).port === first.port)).toEqual(expected);
  });

  test("none is a firewall: nothing is translated", () => {
    expect(newNat({ mapping: "none" }).outbound(inside, server, 0)).toEqual(inside);
  });

  test("preserves ports where they are free, or counts them up", () => {
    const preserving = newNat({ allocation: "preserve" });
    expect(preserving.outbound(inside, server, 0).port).toBe(5_000);
    expect(preserving.outbound({ ...inside, address: "192.168.1.3" }, server, 0).port).not.toBe(5_000);
    const counting = newNat({ mapping: "address-and-port-dependent", allocation: "sequential" });
    expect(counting.outbound(inside, otherPort, 0).port - counting.outbound(inside, server, 0).port).toBe(-1);
  });
});

describe("filtering", () => {
  test.each([
    ["endpoint-independent", [true, true, true]],
    ["address-dependent", [true, true, false]],
    ["address-and-port-dependent", [true, false, false]],
  ] as const)("%s lets in the one asked, another port, another address: %j", (filtering, expected) => {
    const nat = newNat({ filtering });
    const outside = nat.outbound(inside, server, 0);
    expect([server, otherPort, otherAddress].map((from) => nat.inbound(from, outside, 1) !== undefined)).toEqual(
      expected,
    );
  });

  test("forgets after the lifetime, unless something is sent again", () => {
    const nat = newNat({ lifetimeMs: 100 });
    const outside = nat.outbound(inside, server, 0);
    expect(nat.inbound(server, outside, 99)).toEqual(inside);
    nat.outbound(inside, server, 99);
    expect(nat.inbound(server, outside, 150)).toEqual(inside);
    expect(nat.inbound(server, outside, 200)).toBeUndefined();
  });

  test("lets nobody in where nothing was sent out", () => {
    expect(newNat({}).inbound(server, { address: "203.0.113.1", port: 5_000 }, 0)).toBeUndefined();
  });
});

function newNat(kind: Partial<NatKind>): SimNat {
  return new SimNat({ ...NAT.eimApdf, ...kind }, "203.0.113.1", new SeededRandom(1));
}
