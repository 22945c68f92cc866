import { expect, test } from "vitest";
import { CounterReader, CounterWriter, newSharedCounters } from "./counters.ts";
import { DROP_REASONS } from "./drop-reason.ts";

const NOTHING = { rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0 };

test("drops are counted by reason and direction, each in a place of its own", () => {
  const { writer, reader } = open();
  for (const [at, reason] of DROP_REASONS.entries()) {
    writer.drop(reason, at + 1, false);
    writer.drop(reason, 1_000 + at, true);
  }
  expect(reader.drops(false)).toEqual(Object.fromEntries(DROP_REASONS.map((reason, at) => [reason, at + 1])));
  expect(reader.drops(true)).toEqual(Object.fromEntries(DROP_REASONS.map((reason, at) => [reason, 1_000 + at])));
});

test("a reason says the direction by itself, unless it is told", () => {
  const { writer, reader } = open();
  writer.drop("no-route");
  writer.drop("policy", 2);
  writer.drop("bad-length");
  writer.drop("bad-length", 3, true);
  expect(reader.drops(true)).toEqual({ "no-route": 1, "bad-length": 3 });
  expect(reader.drops(false)).toEqual({ policy: 2, "bad-length": 1 });
});

test("what crosses the network is counted by its way and direction", () => {
  const { writer, reader } = open();
  writer.crossed("relay", 100, true);
  writer.crossed("direct_ipv6", 32, false);
  writer.crossed("direct_ipv6", 1_000, false);
  expect(reader.paths()).toEqual({
    direct_ipv4: NOTHING,
    direct_ipv6: { ...NOTHING, rxBytes: 1_032, rxPackets: 2 },
    relay: { ...NOTHING, txBytes: 100, txPackets: 1 },
  });
});

function open(): { readonly writer: CounterWriter; readonly reader: CounterReader } {
  const shared = newSharedCounters();
  return { writer: new CounterWriter(shared), reader: new CounterReader(shared) };
}
