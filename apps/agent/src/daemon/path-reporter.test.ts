import type { DeviceId } from "@pinhole/protocol";
import type { PathReport } from "@pinhole/protocol/control";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PathReporter } from "./path-reporter.ts";

const PEER: DeviceId = `dev_${"01".repeat(16)}`;
const GATHERED_MS = 100;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a burst of changes is one message with the state at its end", async () => {
  const { reporter, sent, set } = setUp();
  set({ path: { kind: "relay", since: 1 } });
  reporter.changed(PEER);
  set({ path: { kind: "direct", since: 2, rttMs: 10 } });
  reporter.changed(PEER);
  await vi.advanceTimersByTimeAsync(GATHERED_MS);
  expect(sent).toEqual([[{ peerId: PEER, path: { kind: "direct", since: 2, rttMs: 10 } }]]);
});

test("a reason that becomes known on the relay is told, once", async () => {
  const { reporter, sent, set } = setUp();
  reporter.changed(PEER);
  await vi.advanceTimersByTimeAsync(GATHERED_MS);
  set({ path: { kind: "relay", since: 1 }, reason: { code: "both_symmetric", measured: true } });
  for (let time = 1; time <= 3; time++) {
    reporter.refresh([PEER]);
    await vi.advanceTimersByTimeAsync(GATHERED_MS);
  }
  expect(sent).toHaveLength(2);
  expect(sent[1]).toMatchObject([{ reason: { code: "both_symmetric" } }]);
});

test.each([
  [10, 11.9, false],
  [10, 12.1, true],
  [100, 119, false],
  [100, 75, true],
])("a round trip of %d ms that becomes %d ms is told anew: %s", async (before, after, isTold) => {
  const { reporter, sent, set } = setUp();
  set({ path: { kind: "direct", since: 1, rttMs: before } });
  reporter.changed(PEER);
  await vi.advanceTimersByTimeAsync(GATHERED_MS);
  set({ path: { kind: "direct", since: 1, rttMs: after } });
  reporter.refresh([PEER]);
  await vi.advanceTimersByTimeAsync(GATHERED_MS);
  expect(sent).toHaveLength(isTold ? 2 : 1);
});

test("what was not taken is said again", async () => {
  const { reporter, sent } = setUp(["refused", "delivered"]);
  reporter.changed(PEER);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent).toHaveLength(2);
});

function setUp(answers: ("refused" | "delivered")[] = []) {
  let report: Omit<PathReport, "peerId"> = { path: { kind: "relay", since: 1 } };
  const sent: PathReport[][] = [];
  const reporter = new PathReporter({
    read: (peerId) => ({ peerId, ...report }),
    send: async (reports) => {
      sent.push(reports);
      return answers.shift() ?? "delivered";
    },
  });
  return { reporter, sent, set: (next: typeof report) => void (report = next) };
}
