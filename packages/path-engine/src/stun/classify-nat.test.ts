import { type Endpoint, parseEndpoint } from "@pinhole/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyNat, type FilteringTest } from "./classify-nat.ts";

const LOCAL = { addresses: ["192.168.1.5", "203.0.113.50"], port: 5000 };
const [S1P1, S2P1, S2P2, S1P2] = [
  "203.0.113.1:3478",
  "203.0.113.2:3478",
  "203.0.113.2:3479",
  "203.0.113.1:3479",
] as const;

describe("mapping behaviour", () => {
  test.each([
    [
      "one endpoint for all",
      [
        [S1P1, ":40000"],
        [S2P1, ":40000"],
        [S2P2, ":40000"],
      ],
      "endpoint-independent",
    ],
    [
      "one endpoint for each address",
      [
        [S1P1, ":40000"],
        [S2P1, ":40001"],
        [S2P2, ":40001"],
      ],
      "address-dependent",
    ],
    [
      "one endpoint for each destination",
      [
        [S1P1, ":40000"],
        [S2P1, ":40001"],
        [S2P2, ":40002"],
      ],
      "address-and-port-dependent",
    ],
    [
      "a change of port alone",
      [
        [S1P1, ":40000"],
        [S2P1, ":40000"],
        [S2P2, ":40002"],
      ],
      "address-and-port-dependent",
    ],
    [
      "two public addresses for two servers",
      [
        [S1P1, "198.51.100.7:5000"],
        [S2P1, "198.51.100.8:5000"],
        [S2P2, "198.51.100.8:5000"],
      ],
      "address-dependent",
    ],
    [
      "one port of each server, equal",
      [
        [S1P1, ":40000"],
        [S2P1, ":40000"],
      ],
      "endpoint-independent",
    ],
    [
      "one port of each server, different",
      [
        [S1P1, ":40000"],
        [S2P1, ":40001"],
      ],
      "address-and-port-dependent",
    ],
    [
      "one server, equal",
      [
        [S1P1, ":40000"],
        [S1P2, ":40000"],
      ],
      "unknown",
    ],
    [
      "one server, different",
      [
        [S1P1, ":40000"],
        [S1P2, ":40001"],
      ],
      "address-and-port-dependent",
    ],
    ["a single answer", [[S1P1, ":40000"]], "unknown"],
    [
      "two answers to one question",
      [
        [S1P1, ":40000"],
        [S1P1, ":40001"],
        [S2P1, ":40000"],
      ],
      "unknown",
    ],
    [
      "an address of our own",
      [
        [S1P1, "203.0.113.50:5000"],
        [S2P1, "203.0.113.50:5000"],
      ],
      "none",
    ],
    // A host firewall that rewrites ports is a NAT like any other.
    [
      "an address of our own with another port",
      [
        [S1P1, "203.0.113.50:40000"],
        [S2P1, "203.0.113.50:40000"],
      ],
      "endpoint-independent",
    ],
  ] as const)("%s", (_, seen, mapping) => {
    expect(classifyNat({ local: LOCAL, observations: observed(seen) })).toMatchObject({ udp: "ok", mapping });
  });

  test("is surer with more observations, and certain of nothing but its own address", () => {
    const confidence = (seen: readonly (readonly [string, string])[]) =>
      classifyNat({ local: LOCAL, observations: observed(seen) }).confidence;
    const three = confidence([
      [S1P1, ":40000"],
      [S2P1, ":40000"],
      [S2P2, ":40000"],
    ]);
    const two = confidence([
      [S1P1, ":40000"],
      [S2P1, ":40000"],
    ]);
    expect(1).toBeGreaterThan(three);
    expect(three).toBeGreaterThan(two);
    expect(two).toBeGreaterThan(confidence([[S1P1, ":40000"]]));
    expect(confidence([[S1P1, "203.0.113.50:5000"]])).toBe(1);
  });
});

test("UDP is blocked when no server answered", () => {
  expect(classifyNat({ local: LOCAL, observations: [] })).toEqual({
    udp: "blocked",
    mapping: "unknown",
    filtering: "unknown",
    portPreserving: undefined,
    confidence: 0,
  });
});

test.each([
  [
    [
      [S1P1, ":5000"],
      [S2P1, ":5000"],
    ],
    true,
  ],
  [
    [
      [S1P1, ":40000"],
      [S2P1, ":40000"],
    ],
    false,
  ],
  [
    [
      [S1P1, ":5000"],
      [S2P1, ":40000"],
    ],
    false,
  ],
] as const)("%j preserves the port: %s", (seen, portPreserving) => {
  expect(classifyNat({ local: LOCAL, observations: observed(seen) })).toMatchObject({ portPreserving });
});

test.each([
  [{ fromOtherAddressAndPort: true, fromOtherPort: true }, "endpoint-independent"],
  // Lost, or a NAT nobody has heard of: what came from further away decides.
  [{ fromOtherAddressAndPort: true, fromOtherPort: false }, "endpoint-independent"],
  [{ fromOtherAddressAndPort: false, fromOtherPort: true }, "address-dependent"],
  [{ fromOtherAddressAndPort: false, fromOtherPort: false }, "address-and-port-dependent"],
  [{ fromOtherAddressAndPort: undefined, fromOtherPort: true }, "unknown"],
  [{ fromOtherAddressAndPort: false, fromOtherPort: undefined }, "unknown"],
  [undefined, "unknown"],
] satisfies [FilteringTest | undefined, string][])("answers %j mean %s filtering", (filtering, expected) => {
  const observations = observed([[S1P1, ":40000"]]);
  expect(classifyNat({ local: LOCAL, observations, filtering })).toMatchObject({ filtering: expected });
});

test("the order of the observations changes nothing", () => {
  const endpoint = fc.constantFrom(":40000", ":40001", ":40002", ":5000", "203.0.113.50:5000");
  const seen = fc.array(fc.tuple(fc.constantFrom(S1P1, S1P2, S2P1, S2P2), endpoint), { maxLength: 5 });
  fc.assert(
    fc.property(seen, (seen) => {
      const observations = observed(seen);
      const forward = classifyNat({ local: LOCAL, observations });
      expect(classifyNat({ local: LOCAL, observations: observations.toReversed() })).toEqual(forward);
      expect(forward.confidence).toBeGreaterThanOrEqual(0);
      expect(forward.confidence).toBeLessThanOrEqual(1);
    }),
  );
});

/** Pairs of server and mapped endpoint; a bare port is one of the NAT's usual address. */
function observed(seen: readonly (readonly [string, string])[]) {
  return seen.map(([server, mapped]) => ({
    server: endpoint(server),
    mapped: endpoint(mapped.startsWith(":") ? `198.51.100.7${mapped}` : mapped),
  }));
}

function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
