import { describe, expect, test } from "vitest";
import { HOST, NatUnderTest, NEIGHBOUR, PUBLIC, SERVER } from "./testing.ts";

describe("hairpinning", () => {
  test("none refuses", () => {
    const nat = new NatUnderTest({});
    expect(nat.hairpin(HOST, nat.out(NEIGHBOUR, SERVER))).toBe("hairpin-refused");
  });

  test("with the external source shows the sender's public endpoint, as REQ-9 demands", () => {
    const nat = new NatUnderTest({ hairpin: "external-source", filtering: "endpoint-independent" });
    const neighbour = nat.out(NEIGHBOUR, SERVER);
    expect(nat.hairpin(HOST, neighbour)).toEqual([nat.out(HOST, SERVER), NEIGHBOUR]);
  });

  test("with the internal source shows the sender's own", () => {
    const nat = new NatUnderTest({ hairpin: "internal-source", filtering: "endpoint-independent" });
    expect(nat.hairpin(HOST, nat.out(NEIGHBOUR, SERVER))).toEqual([HOST, NEIGHBOUR]);
  });

  test("is filtered like a packet from outside: both have to send", () => {
    const nat = new NatUnderTest({ hairpin: "external-source" });
    const [own, neighbour] = [nat.out(HOST, SERVER), nat.out(NEIGHBOUR, SERVER)];
    expect(nat.hairpin(HOST, neighbour)).toBe("unsolicited");
    expect(nat.hairpin(NEIGHBOUR, own)).toEqual([neighbour, HOST]);
    expect(nat.hairpin(HOST, neighbour)).toEqual([own, NEIGHBOUR]);
  });

  test("to a port that nobody has is unsolicited", () => {
    const nat = new NatUnderTest({ hairpin: "external-source", filtering: "endpoint-independent" });
    expect(nat.hairpin(HOST, `${PUBLIC}:7`)).toBe("unsolicited");
  });
});
