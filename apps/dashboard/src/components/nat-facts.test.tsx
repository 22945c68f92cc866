// @vitest-environment happy-dom
import type { NatProfile } from "@pinhole/protocol/control";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { NatFacts } from "./nat-facts.tsx";

afterEach(cleanup);

const CARRIER: NatProfile = {
  udp: "ok",
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "random", first: 20_480, last: 20_991 },
  hairpin: false,
  levels: "carrier-grade",
  nat64Prefix: "64:ff9b::/96",
  publicEndpoints: ["203.0.113.7:20500"],
  confidence: 0.95,
  measuredAt: 0,
};

test("says each fact under its name", () => {
  render(<NatFacts profile={CARRIER} />);
  expect(facts()).toMatchObject({
    Mapping: "Address- and port-dependent",
    "Next port": "Any of 512: 20480 to 20991",
    "NATs on the way": "A carrier's among them",
    "To itself": "Not by its public endpoint",
    IPv4: "By NAT64, through 64:ff9b::/96",
    "Seen as": "203.0.113.7:20500",
  });
});

test("leaves out what a device without a NAT does not have", () => {
  const { allocation: _, hairpin: __, levels: ___, nat64Prefix: ____, ...rest } = CARRIER;
  render(<NatFacts profile={{ ...rest, mapping: "none" }} />);
  expect(Object.keys(facts())).toEqual(["Mapping", "Filtering", "Seen as", "Measured"]);
});

function facts(): Record<string, string | null> {
  const values = screen.getAllByRole("definition");
  return Object.fromEntries(
    screen.getAllByRole("term").map((name, index) => [name.textContent, values[index]!.textContent]),
  );
}
