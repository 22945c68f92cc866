import { beforeEach, describe, expect, test } from "vitest";
import { LaneTable } from "./lane-table.ts";
import { ANN, BEN, laneBytes, newLane, newPeer, peersById, RAY } from "./testing.ts";

const THERE = newLane(1);
const BACK = newLane(2, { from: BEN, to: ANN });
const END = 300_000;
const SETTLED = 500;
const DAY = 86_400_000;

describe("for the two that are joined", () => {
  let table: LaneTable;
  beforeEach(() => {
    table = new LaneTable(ANN);
    table.setPeers(peersById(newPeer(BEN), newPeer(RAY, { mayRelay: true })));
    table.onControl(true, 0);
  });

  test("a lane is there for packets of our own once the device between has heard of it, and until it ends", () => {
    table.add([THERE, BACK], 40_000);
    expect(table.towards(BEN, RAY, 40_000 + SETTLED - 1)).toBeUndefined();
    expect(table.towards(BEN, RAY, 40_000 + SETTLED)).toMatchObject({ from: ANN, to: BEN, bytes: laneBytes(1) });
    expect(table.towards(BEN, BEN, 41_000)).toBeUndefined();
    expect(table.towards(RAY, RAY, 41_000)).toBeUndefined();
    expect(table.towards(BEN, RAY, END)).toBeUndefined();
  });

  test("what comes is found by its bytes, at once, and no other bytes find it", () => {
    table.add([BACK], 40_000);
    expect(table.find(laneBytes(2), 40_000)).toMatchObject({ from: BEN, to: ANN });
    expect(table.find(laneBytes(3), 40_000)).toBeUndefined();
    expect(table.find(laneBytes(2), END)).toBeUndefined();
  });

  test("of two lanes the one that lasts longer is taken, and one that is given again is not waited for again", () => {
    table.add([THERE], 0);
    table.add([newLane(5, { expiresAt: END + 60_000 })], 100_000);
    expect(table.towards(BEN, RAY, 100_100)?.bytes).toEqual(laneBytes(1));
    expect(table.towards(BEN, RAY, 100_000 + SETTLED)?.bytes).toEqual(laneBytes(5));
    table.add([newLane(1, { expiresAt: END + 90_000 })], 120_000);
    expect(table.towards(BEN, RAY, 120_000)?.bytes).toEqual(laneBytes(1));
  });

  test("while the dashboard is away lanes go on, for a day, and when it is back until there was time to ask", () => {
    table.add([THERE], 0);
    table.onControl(false, 100_000);
    expect(table.towards(BEN, RAY, END + DAY - 1)).toBeDefined();
    expect(table.towards(BEN, RAY, END + DAY)).toBeUndefined();
    table.onControl(true, END + 60_000);
    expect(table.towards(BEN, RAY, END + 89_999)).toBeDefined();
    expect(table.towards(BEN, RAY, END + 90_000)).toBeUndefined();
  });

  // It would drop what comes on a lane that it knows nothing of, and nobody would be told.
  test.each([
    ["is gone", peersById(newPeer(BEN), newPeer(RAY, { mayRelay: true, online: false }))],
    ["has begun anew", peersById(newPeer(BEN), newPeer(RAY, { mayRelay: true, probeEpoch: "second" }))],
    ["may relay no more", peersById(newPeer(BEN), newPeer(RAY))],
    ["is no peer any more", peersById(newPeer(BEN))],
  ])("its lanes are forgotten when the device between %s", (_, peers) => {
    table.add([THERE], 0);
    table.setPeers(peers);
    expect(table.towards(BEN, RAY, 1_000)).toBeUndefined();
    expect(table.isEmpty).toBe(true);
  });

  test("a lane is not taken with another end than peers and this device, nor with one end twice, nor of another length", () => {
    const stranger = newLane(1, { to: `dev_${"0f".repeat(16)}` });
    const others = newLane(2, { from: BEN, to: RAY, via: BEN });
    const loop = newLane(3, { to: ANN });
    const short = { ...THERE, id: "AAAA" };
    table.add([stranger, others, loop, short, newLane(4, { via: BEN, to: RAY })], 0);
    expect(table.isEmpty).toBe(true);
  });
});

describe("for the device between", () => {
  const relayed = peersById(newPeer(ANN, { isRelayed: true }), newPeer(BEN, { isRelayed: true }));
  let table: LaneTable;
  beforeEach(() => {
    table = new LaneTable(RAY);
    table.setPeers(relayed);
    table.onControl(true, 0);
    table.add([THERE, BACK], 0);
  });

  test("both lanes are found, and none of them is for packets of its own", () => {
    expect(table.find(laneBytes(1), 0)).toMatchObject({ from: ANN, to: BEN });
    expect(table.passedOn(0)).toBe(2);
    expect(table.passedOn(END)).toBe(0);
    expect(table.towards(BEN, RAY, 1_000)).toBeUndefined();
  });

  test.each([
    ["it may relay for one of them no more", peersById(newPeer(ANN, { isRelayed: true }), newPeer(BEN))],
    ["one of them is no peer any more", peersById(newPeer(ANN, { isRelayed: true }))],
  ])("both are forgotten at once when %s", (_, peers) => {
    table.setPeers(peers);
    expect(table.find(laneBytes(1), 0)).toBeUndefined();
    table.add([THERE, BACK], 0);
    expect(table.isEmpty).toBe(true);
  });

  test("one of them beginning anew is no reason to forget, for it asks again", () => {
    table.setPeers(peersById(newPeer(ANN, { isRelayed: true, probeEpoch: "second" }), relayed.get(BEN)!));
    expect(table.passedOn(0)).toBe(2);
  });

  test("the table is bounded, and the oldest lanes go", () => {
    const many = Array.from({ length: 5_000 }, (_, n) => {
      const bytes = new Uint8Array(12);
      new DataView(bytes.buffer).setUint32(0, n);
      return newLane(0, { id: Buffer.from(bytes).toString("base64url") });
    });
    table.add(many, 0);
    expect(table.passedOn(0)).toBe(4_096);
    expect(table.find(laneBytes(1), 0)).toBeUndefined();
    expect(table.find(Uint8Array.of(0, 0, 0x13, 0x87, 0, 0, 0, 0, 0, 0, 0, 0), 0)).toBeDefined();
  });
});
