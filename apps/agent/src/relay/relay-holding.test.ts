import { beforeEach, expect, test } from "vitest";
import { RelayHolding } from "./relay-holding.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let holding: RelayHolding;
beforeEach(() => {
  holding = new RelayHolding();
});

test("relays that nobody wants are held until they are measured, four at a time, and again ten minutes later", () => {
  const names = ["main", "fra", "sgp", "tok", "syd", "lax"];
  holding.setRelays(names);
  const wanted = new Set(["main"]);
  expect(holding.held(wanted, 0)).toEqual(["main", "fra", "sgp", "tok"]);
  for (const name of ["main", "fra", "sgp"]) holding.onSurveyed(name, 0);
  expect(holding.held(wanted, 1)).toEqual(["main", "tok", "syd", "lax"]);
  for (const name of names) holding.onSurveyed(name, 1);
  expect(holding.held(wanted, 2)).toEqual(["main"]);
  expect(holding.nextDeadline(wanted, 2)).toBe(1 + 10 * MINUTE);
  expect(holding.held(wanted, 1 + 10 * MINUTE)).toHaveLength(4);
});

test("one that was wanted is held for half a minute more", () => {
  surveyed("main", "fra");
  expect(holding.held(new Set(["main", "fra"]), 0)).toEqual(["main", "fra"]);
  const wanted = new Set(["main"]);
  expect(holding.nextDeadline(wanted, 1)).toBe(30 * SECOND);
  expect(holding.held(wanted, 30 * SECOND - 1)).toEqual(["main", "fra"]);
  expect(holding.held(wanted, 30 * SECOND)).toEqual(["main"]);
});

test("all are measured anew on another network", () => {
  surveyed("main", "fra", "sgp");
  expect(holding.held(new Set(["main"]), 1)).toEqual(["main"]);
  holding.onNetworkChange();
  expect(holding.held(new Set(["main"]), 2)).toEqual(["main", "fra", "sgp"]);
});

test("never more than eight are held, those that are wanted first, and none that is not of the netmap", () => {
  const names = Array.from({ length: 20 }, (_, n) => `r${n}`);
  holding.setRelays(names);
  const held = holding.held(new Set([...names.slice(12), "gone"]), 0);
  expect(held).toEqual(names.slice(12));
  holding.setRelays(["r19"]);
  expect(holding.held(new Set(names), 0)).toEqual(["r19"]);
});

function surveyed(...names: string[]): void {
  holding.setRelays(names);
  for (const name of names) holding.onSurveyed(name, 0);
}
