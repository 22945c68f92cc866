import { expect, test } from "vitest";
import { LaneRequests } from "./lane-requests.ts";
import { ANN, BEN, RAY } from "./testing.ts";

test("asks where there is no lane, and again five seconds later at the earliest", () => {
  const requests = new LaneRequests();
  const pair = { peerId: BEN, via: RAY, endsAt: undefined };
  expect([0, 4_999, 5_000, 5_001].map((at) => requests.isDue(pair, at))).toEqual([true, false, true, false]);
  expect(requests.isDue({ ...pair, peerId: ANN }, 5_001)).toBe(true);
});

test("asks for the next lane two minutes before the end of the present one", () => {
  const requests = new LaneRequests();
  const isDue = (at: number) => requests.isDue({ peerId: BEN, via: RAY, endsAt: 300_000 }, at);
  expect([0, 179_999, 180_000, 184_000, 185_000].map(isDue)).toEqual([false, false, true, false, true]);
});

test("remembers a thousand pairs, and takes the oldest for unknown beyond", () => {
  const requests = new LaneRequests();
  const ask = (n: number) =>
    requests.isDue({ peerId: `dev_${String(n).padStart(32, "0")}`, via: RAY, endsAt: undefined }, 0);
  for (let n = 0; n < 1_001; n++) ask(n);
  expect([ask(1_000), ask(0)]).toEqual([false, true]);
});
