import { expect, test } from "vitest";
import { closest, type Event, layOut, step } from "./lay-out.ts";

const EVENTS: readonly Event[] = [
  { side: "a", atMs: -5, kind: "plan-received" },
  { side: "b", atMs: -4, kind: "plan-received" },
  { side: "a", atMs: 0, kind: "stage-started", note: "simultaneous" },
  { side: "a", atMs: 1, kind: "probe-sent", isSeen: true },
  { side: "b", atMs: 2, kind: "probe-sent", isSeen: false },
  { side: "b", atMs: 26, kind: "probe-received" },
  { side: "a", atMs: 300, kind: "stage-started", note: "birthday" },
  { side: "a", atMs: 310, kind: "spray-sent" },
  { side: "a", atMs: 900, kind: "gave-up" },
];

test("a stage lasts until the next one or the end", () => {
  const { bars, scale } = layOut(EVENTS);
  expect(bars).toEqual([
    { side: "a", stage: "simultaneous", from: scale.at(0), to: scale.at(300) },
    { side: "a", stage: "birthday", from: scale.at(300), to: scale.at(900) },
  ]);
});

test("a packet arrives when the other side next heard something, and what nobody saw is lost", () => {
  const { packets, scale } = layOut(EVENTS);
  expect(packets).toEqual([
    { from: "a", x: scale.at(1), arrivesAt: scale.at(26), fate: "arrived" },
    { from: "b", x: scale.at(2), arrivesAt: scale.at(12), fate: "lost" },
    { from: "a", x: scale.at(310), arrivesAt: scale.at(320), fate: "untold" },
  ]);
});

test("left and right follow time, up and down change the lane, and no key leaves the record", () => {
  const { marks } = layOut(EVENTS);
  expect(step(marks, 3, "ArrowRight")).toBe(4);
  expect(step(marks, 0, "ArrowLeft")).toBe(0);
  expect(step(marks, 8, "ArrowRight")).toBe(8);
  expect(step(marks, 3, "ArrowDown")).toBe(4);
  expect(step(marks, 4, "ArrowDown")).toBe(4);
  expect(step(marks, 5, "ArrowUp")).toBe(3);
  expect([step(marks, 4, "Home"), step(marks, 4, "End")]).toEqual([0, 8]);
  expect(step(marks, 4, "Tab")).toBeUndefined();
  expect(step(layOut(EVENTS.slice(0, 1)).marks, 0, "ArrowDown")).toBeUndefined();
});

test("the pointer takes the mark that is nearest", () => {
  const { marks, scale } = layOut(EVENTS);
  expect(closest(marks, scale.at(295))?.index).toBe(6);
  expect(closest([], 0.5)).toBeUndefined();
});
