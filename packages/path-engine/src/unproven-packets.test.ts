import { expect, test } from "vitest";
import { UnprovenBudget, UnprovenPackets } from "./unproven-packets.ts";

const packet = (number: number, length = 100): Uint8Array => new Uint8Array(length).fill(number);

test("what was sent after the last proof is what is owed, in order", () => {
  const packets = new UnprovenPackets(new UnprovenBudget());
  for (let at = 1; at <= 5; at++) packets.keep(packet(at), at);
  packets.prove(3);
  expect(packets.take()).toEqual([packet(4), packet(5)]);
  expect(packets.take()).toEqual([]);
});

test("a packet is kept as it was, whatever becomes of the memory that it was in", () => {
  const packets = new UnprovenPackets(new UnprovenBudget());
  const memory = packet(1);
  packets.keep(memory, 1);
  memory.fill(9);
  expect(packets.take()).toEqual([packet(1)]);
});

test.each([
  ["many", 1_025, 100],
  ["long", 400, 1_400],
])("of too %s packets none is kept, until the next proof", (_, count, length) => {
  const packets = new UnprovenPackets(new UnprovenBudget());
  for (let at = 1; at <= count; at++) packets.keep(packet(1, length), at);
  packets.keep(packet(2), count);
  expect(packets.take()).toEqual([]);

  for (let at = 1; at <= count; at++) packets.keep(packet(1, length), at);
  packets.prove(count);
  packets.keep(packet(3), count + 1);
  expect(packets.take()).toEqual([packet(3)]);
});

test("all peers together are held to one bound, and what one gives back another may have", () => {
  const budget = new UnprovenBudget();
  const full = budget.left;
  const all = Array.from({ length: 40 }, () => new UnprovenPackets(budget));
  for (const packets of all) for (let at = 1; at <= 350; at++) packets.keep(packet(1, 1_400), at);
  expect(budget.left).toBeGreaterThanOrEqual(0);
  expect(all.at(-1)?.take()).toEqual([]);
  all[0]?.prove(350);
  all.at(-1)?.keep(packet(7), 351);
  expect(all.at(-1)?.take()).toEqual([packet(7)]);
  for (const packets of all) packets.take();
  expect(budget.left).toBe(full);
});
