import { describe, expect, test } from "vitest";
import { CLASSIC_NATS, NAT_CLASSES } from "./presets.ts";
import { HOST, NatUnderTest, OTHER_ADDRESS, OTHER_PORT, SERVER } from "./testing.ts";

describe("the classic types", () => {
  test("are 27, each named after what it does", () => {
    expect(Object.keys(CLASSIC_NATS)).toHaveLength(27);
    for (const [name, options] of Object.entries(CLASSIC_NATS)) {
      // A port that is kept towards everybody is one port for everybody, whatever the mappings are for.
      const seen = name.replace(/^..-PP/, "EI-PP");
      expect([mappingOf(options), allocationOf(options), filteringOf(options)].join("-"), name).toBe(seen);
    }
  });
});

describe("the classes", () => {
  test.each([
    ["E1", "EI-RD-EI"],
    ["E2", "EI-RD-AD"],
    ["A2", "AD-RD-AD"],
    ["As", "AD-PC-PD"],
    ["Ar", "AD-RD-PD"],
    ["Q", "PD-PC-PD"],
    ["Rf", "PD-RD-AD"],
    ["R", "PD-RD-PD"],
  ] as const)("%s behaves as %s", (name, classic) => {
    const options = NAT_CLASSES[name];
    expect([mappingOf(options), allocationOf(options), filteringOf(options)].join("-")).toBe(classic);
  });

  test("E3 looks endpoint-independent from outside, and filters by address and port", () => {
    expect([mappingOf(NAT_CLASSES.E3), filteringOf(NAT_CLASSES.E3)]).toEqual(["EI", "PD"]);
  });

  test("F translates nothing and filters by address and port", () => {
    expect(new NatUnderTest(NAT_CLASSES.F).out(HOST, SERVER)).toBe(HOST);
    expect(filteringOf(NAT_CLASSES.F)).toBe("PD");
  });

  test("Rb draws at random from a block of at most 4096", () => {
    const nat = new NatUnderTest(NAT_CLASSES.Rb);
    const ports = Array.from({ length: 200 }, (_, n) => nat.outPort(HOST, `198.51.100.1:${n + 1}`));
    expect(new Set(ports).size).toBe(200);
    expect(Math.max(...ports) - Math.min(...ports)).toBeLessThan(4_096);
  });

  test("U lets no UDP out", () => {
    expect(new NatUnderTest(NAT_CLASSES.U).out(HOST, SERVER)).toBe("udp-blocked");
  });
});

type Options = ConstructorParameters<typeof NatUnderTest>[0];

function mappingOf(options: Options): string {
  const nat = new NatUnderTest(options);
  const [first, otherPort, otherAddress] = [SERVER, OTHER_PORT, OTHER_ADDRESS].map((to) => nat.out(HOST, to));
  if (first === otherAddress) return "EI";
  return first === otherPort ? "AD" : "PD";
}

function filteringOf(options: Options): string {
  const nat = new NatUnderTest(options);
  const outside = nat.out(HOST, SERVER);
  if (nat.in(OTHER_ADDRESS, outside) === HOST) return "EI";
  return nat.in(OTHER_PORT, outside) === HOST ? "AD" : "PD";
}

function allocationOf(options: Options): string {
  const nat = new NatUnderTest(options);
  const ports = [5_000, 5_001, 5_007].map((port) => nat.outPort(`192.168.1.2:${port}`, SERVER));
  if (ports[0] === 5_000) return "PP";
  return ports[2]! - ports[1]! === 1 && ports[1]! - ports[0]! === 1 ? "PC" : "RD";
}
